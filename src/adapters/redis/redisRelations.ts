/** Relations between users, in Redis: a set of user ids for each user and kind. */
import * as z from 'zod';
import type { UserId } from '../../call/ids.ts';
import type { PairFacts } from '../../call/policy.ts';
import { relationKinds } from '../../call/relations.ts';
import type { RelationChange, RelationKind } from '../../call/relations.ts';
import type { Block, Relations } from '../../ports/relations.ts';
import { userId as userIdSchema } from '../../protocol/ids.ts';
import type { RedisClient } from './client.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { changeRelation } from './scripts/changeRelation.lua.ts';
import { parsed } from './values.ts';

export interface RedisRelationsOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
}

const userIds = z.array(userIdSchema);
/** How much is asked for together: each answer has its bound of time, and a list may be as long as somebody is popular. */
const batchSize = 100;

export class RedisRelations implements Relations {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor({ connection, keys }: RedisRelationsOptions) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async change(changes: readonly RelationChange[]): Promise<void> {
    // Of several about the same the last one counts: then it is all one in which order they are carried out.
    const last = new Map(changes.map((change) => [JSON.stringify([change.from, change.kind, change.to]), change]));
    await inBatches([...last.values()], ({ from, kind, to, holds }) => [
      this.#connection.script(
        changeRelation,
        [this.#keys.relation(from, kind), this.#keys.relatedTo(to), this.#keys.blockersOf(to)],
        [from, to, holds ? '1' : '0', kind === 'blocks' ? '1' : '0'],
      ),
    ]);
  }

  async of(userId: UserId, kind: RelationKind): Promise<readonly UserId[]> {
    const members = await this.#connection.run((client) => client.sMembers(this.#keys.relation(userId, kind)));
    return parsed(userIds, members).sort();
  }

  async between(callerId: UserId, calleeIds: readonly UserId[]): Promise<readonly PairFacts[]> {
    return this.#connection.run((client) => {
      const asked = (from: UserId, kind: RelationKind, to: UserId) =>
        client.sIsMember(this.#keys.relation(from, kind), to).then((answer) => answer === 1);
      // All of one round trip.
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
    });
  }

  async blocksBetween(userId: UserId, others: readonly UserId[]): Promise<readonly Block[]> {
    if (others.length === 0) return [];
    const [blocked, blockers] = await this.#connection.run((client) =>
      Promise.all([
        client.smIsMember(this.#keys.relation(userId, 'blocks'), [...others]),
        client.smIsMember(this.#keys.blockersOf(userId), [...others]),
      ]),
    );
    return [
      ...others.filter((_, index) => blockers[index] === 1).map((blocker) => ({ blocker, target: userId })),
      ...others.filter((_, index) => blocked[index] === 1).map((target) => ({ blocker: userId, target })),
    ];
  }

  async forget(userId: UserId): Promise<void> {
    const ownKeys = (id: UserId) => relationKinds.map((kind) => this.#keys.relation(id, kind));
    const membersOf = async (key: string) =>
      parsed(userIds, await this.#connection.run((client) => client.sMembers(key)));
    const pointing = await membersOf(this.#keys.relatedTo(userId));
    await this.#each(pointing, (client, from) => ownKeys(from).map((key) => client.sRem(key, userId)));
    const pointedAt = await Promise.all(ownKeys(userId).map(membersOf));
    await this.#each([...new Set(pointedAt.flat())], (client, to) =>
      [this.#keys.relatedTo(to), this.#keys.blockersOf(to)].map((key) => client.sRem(key, userId)),
    );
    // Last, so that what was cut off before is found again.
    const own = [...ownKeys(userId), this.#keys.relatedTo(userId), this.#keys.blockersOf(userId)];
    await this.#each(own, (client, key) => [client.del(key)]);
  }

  #each<T>(all: readonly T[], ask: (client: RedisClient, one: T) => Promise<unknown>[]): Promise<void> {
    return inBatches(all, (one) => [this.#connection.run((client) => Promise.all(ask(client, one)))]);
  }
}

/** One batch after the other; a batch goes out together. */
async function inBatches<T>(all: readonly T[], ask: (one: T) => Promise<unknown>[]): Promise<void> {
  for (let begin = 0; begin < all.length; begin += batchSize) {
    await Promise.all(all.slice(begin, begin + batchSize).flatMap(ask));
  }
}
