/** Relations between users, in Redis: sorted user ids for each user and kind. */
import * as z from 'zod';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { PairFacts } from '../../../domain/people/policy.ts';
import { maxRelations, relationKinds } from '../../../domain/people/relations.ts';
import type { RelationChange, RelationKind } from '../../../domain/people/relations.ts';
import type { Block, Relations } from '../../../ports/people/relations.ts';
import type { PageOf } from '../../../ports/system/paging.ts';
import { userId as userIdSchema } from '../../../protocol/shared/ids.ts';
import type { RedisClient } from '../connection/client.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { pageOfIds, pageOfReadableIds } from '../schema/pageOfIds.ts';
import changeRelation from './changeRelation.lua';
import type { Reading } from '../schema/setAside.ts';
import { parsed, readableIds } from '../schema/values.ts';

export interface RedisRelationsOptions extends Pick<Reading, 'connection' | 'keys' | 'onUnreadable'> {
  /** Limit of users for one relation of a user. */
  readonly most?: number;
}

const changeAnswer = z.enum(['changed', 'full']);
/** Requests per batch: each answer has a time limit, and a popular user has a long list. */
const batchSize = 100;

export class RedisRelations implements Relations {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #most: number;
  readonly #onUnreadable: Reading['onUnreadable'];

  constructor({ connection, keys, onUnreadable, most = maxRelations }: RedisRelationsOptions) {
    this.#onUnreadable = onUnreadable;
    this.#connection = connection;
    this.#keys = keys;
    this.#most = most;
  }

  async change(changes: readonly RelationChange[]): Promise<void> {
    // Of several changes to one relation only the last counts, so their order does not matter.
    const last = new Map(changes.map((change) => [JSON.stringify([change.from, change.kind, change.to]), change]));
    await inBatches([...last.values()], ({ from, kind, to, holds }) => [
      this.#connection
        .script(
          changeRelation,
          [this.#keys.relation(from, kind), this.#keys.relatedTo(to), this.#keys.blockersOf(to)],
          [from, to, holds ? '1' : '0', kind === 'blocks' ? '1' : '0', String(this.#most)],
        )
        .then((answer) => {
          if (parsed(changeAnswer, answer) === 'full') throw new CallError('too_many_relations');
        }),
    ]);
  }

  async of(userId: UserId, kind: RelationKind, page: PageOf<UserId>) {
    const key = this.#keys.relation(userId, kind);
    const readable = (found: readonly string[]) => this.#ids(found);
    const read = (client: RedisClient) => pageOfReadableIds(client, key, { page, readable });
    const { ids: userIds, ...more } = await this.#connection.run(read, 0, [key]);
    return { userIds, ...more };
  }

  async between(callerId: UserId, calleeIds: readonly UserId[]): Promise<readonly PairFacts[]> {
    const facts = (client: RedisClient) => {
      const asked = (from: UserId, kind: RelationKind, to: UserId) =>
        client.zScore(this.#keys.relation(from, kind), to).then((score) => score !== null);
      // All in one round trip.
      return Promise.all(
        calleeIds.map(async (calleeId) => {
          const [blocks, blocked, follows, inBook, wrote, accepted] = await Promise.all([
            asked(callerId, 'blocks', calleeId),
            asked(calleeId, 'blocks', callerId),
            asked(calleeId, 'follows', callerId),
            asked(calleeId, 'address_book', callerId),
            asked(calleeId, 'wrote_to', callerId),
            asked(calleeId, 'accepted', callerId),
          ]);
          return {
            callerBlocksCallee: blocks,
            calleeBlocksCaller: blocked,
            calleeFollowsCaller: follows,
            callerInAddressBook: inBook,
            calleeWroteToCaller: wrote,
            calleeAcceptedRequest: accepted,
          };
        }),
      );
    };
    const keys = [callerId, ...calleeIds].flatMap((id) => relationKinds.map((kind) => this.#keys.relation(id, kind)));
    return this.#connection.run(facts, 0, keys);
  }

  async blocksBetween(userId: UserId, others: readonly UserId[]): Promise<readonly Block[]> {
    if (others.length === 0) return [];
    const [blocks, blockersOf] = [this.#keys.relation(userId, 'blocks'), this.#keys.blockersOf(userId)];
    const [blocked, blockers] = await this.#connection.run(
      (client) => Promise.all([client.zmScore(blocks, [...others]), client.smIsMember(blockersOf, [...others])]),
      0,
      [blocks, blockersOf],
    );
    return [
      ...others.filter((_, index) => blockers[index] === 1).map((blocker) => ({ blocker, target: userId })),
      ...others.filter((_, index) => (blocked[index] ?? null) !== null).map((target) => ({ blocker: userId, target })),
    ];
  }

  async forget(userId: UserId): Promise<void> {
    const keys = this.#keys;
    const ownKeys = (id: UserId) => relationKinds.map((kind) => keys.relation(id, kind));
    await this.#eachMember(keys.relatedTo(userId), (client, from) =>
      ownKeys(from).map((key) => client.zRem(key, userId)),
    );
    for (const key of ownKeys(userId)) {
      await this.#eachRanked(key, (client, to) =>
        [keys.relatedTo(to), keys.blockersOf(to)].map((back) => client.sRem(back, userId)),
      );
    }
    // Last, so that an interrupted run finds them again. Redis frees long lists in the background.
    const own = [...ownKeys(userId), keys.relatedTo(userId), keys.blockersOf(userId)];
    await this.#connection.run((client) => client.unlink(own));
  }

  /** Reads a set in parts: a popular user has a long list. */
  async #eachMember(key: string, ask: (client: RedisClient, id: UserId) => Promise<unknown>[]): Promise<void> {
    let cursor = '0';
    do {
      const from = cursor;
      const page = await this.#connection.run((client) => client.sScan(key, from, { COUNT: batchSize }));
      cursor = page.cursor;
      await this.#each(this.#ids(page.members), ask);
    } while (cursor !== '0');
  }

  /** Reads a sorted set in parts. */
  async #eachRanked(key: string, ask: (client: RedisClient, id: UserId) => Promise<unknown>[]): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const page = { after, limit: batchSize };
      const { ids, hasMore } = await this.#connection.run((client) => pageOfIds(client, key, page));
      await this.#each(this.#ids(ids), ask);
      after = ids.at(-1);
      if (!hasMore || after === undefined) return;
    }
  }

  #ids(found: readonly string[]): readonly UserId[] {
    return readableIds(userIdSchema, found, (error) => this.#onUnreadable?.('id of a related user', error));
  }

  #each<T>(all: readonly T[], ask: (client: RedisClient, one: T) => Promise<unknown>[]): Promise<void> {
    return inBatches(all, (one) => [this.#connection.run((client) => Promise.all(ask(client, one)))]);
  }
}

/** One batch after the other; a batch is sent at once. */
async function inBatches<T>(all: readonly T[], ask: (one: T) => Promise<unknown>[]): Promise<void> {
  for (let begin = 0; begin < all.length; begin += batchSize) {
    await Promise.all(all.slice(begin, begin + batchSize).flatMap(ask));
  }
}
