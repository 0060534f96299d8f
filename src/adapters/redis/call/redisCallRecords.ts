/**
 * Records of calls, in Redis: one JSON string for each call, and sorted sets of call ids by end time, for each user and
 * for all.
 */
import * as z from 'zod';
import type { CallId, Instant, UserId } from '../../../domain/kernel/ids.ts';
import { erased } from '../../../domain/call/record.ts';
import type { CallRecord } from '../../../domain/call/record.ts';
import type { CallRecords, HistoryPlace } from '../../../ports/call/callRecords.ts';
import type { RedisClient } from '../connection/client.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import keepRecord from './keepRecord.lua';
import replaceRecord from './replaceRecord.lua';
import seeHistory from './seeHistory.lua';
import type { Reading } from '../schema/setAside.ts';
import { storedCallId, storedRecord } from '../schema/persistedSchemas.ts';
import { parsed, readable, readableIds } from '../schema/values.ts';

export type RedisCallRecordsOptions = Reading;

const keepAnswer = z.union([z.literal('kept'), z.stringFormat('position', /^\d+$/).transform(Number)]);
const replaceAnswer = z.enum(['replaced', 'stale']);
const instant = z.coerce.number().int().nonnegative();

export class RedisCallRecords implements CallRecords {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #options: RedisCallRecordsOptions;

  constructor(options: RedisCallRecordsOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#keys = options.keys;
  }

  async keep(record: CallRecord): Promise<void> {
    const named = record.participants.flatMap(({ userId }) => (userId === null ? [] : [userId]));
    const keys = this.#keys;
    const answer = await this.#connection.script(
      keepRecord,
      [
        keys.record(record.callId),
        keys.records,
        ...named.flatMap((userId) => [keys.user(userId), keys.history(userId)]),
      ],
      [record.callId, String(record.endedAt), JSON.stringify(record)],
    );
    const forgotten = parsed(keepAnswer, answer);
    if (forgotten === 'kept') return;
    const userId = named[forgotten - 1];
    if (userId !== undefined) await this.keep(erased(record, userId));
  }

  async of(userId: UserId, { after, limit }: { after?: HistoryPlace; limit: number }): Promise<readonly CallRecord[]> {
    const ids = await this.#idsOf(userId, after, limit);
    return this.#load(ids);
  }

  async seenUpTo(userId: UserId): Promise<Instant> {
    const key = this.#keys.historySeen(userId);
    const stored = await this.#connection.run((client) => client.get(key), 0, [key]);
    const seen = instant.safeParse(stored ?? 0);
    if (seen.success) return seen.data;
    // Then all calls are new to the user.
    this.#options.onUnreadable?.('mark of what a user has seen', seen.error);
    return 0;
  }

  async see(userId: UserId, upTo: Instant): Promise<void> {
    await this.#connection.script(seeHistory, [this.#keys.historySeen(userId)], [String(upTo)]);
  }

  async erase(userId: UserId): Promise<void> {
    const history = this.#keys.history(userId);
    for (;;) {
      const ids = await this.#idsOf(userId, undefined, pageOfErasure);
      if (ids.length === 0) break;
      await Promise.all(ids.map((callId) => this.#eraseFrom(callId, userId)));
      await this.#connection.run((client) => client.zRem(history, [...ids]));
    }
    await this.#connection.run((client) => client.del([history, this.#keys.historySeen(userId)]));
  }

  async deleteBefore(before: Instant, most: number): Promise<number> {
    const old = await this.#connection.run((client) =>
      client.zRangeByScore(this.#keys.records, '-inf', `(${before}`, { LIMIT: { offset: 0, count: most } }),
    );
    const ids = this.#ids(old);
    const records = await this.#load(ids);
    await this.#connection.run(async (client) => {
      await Promise.all(
        records.flatMap(({ callId, participants }) =>
          participants.flatMap(({ userId }) =>
            userId === null ? [] : [client.zRem(this.#keys.history(userId), callId)],
          ),
        ),
      );
      // Last, so that an interrupted run finds them again.
      if (ids.length > 0) await client.del(ids.map((callId) => this.#keys.record(callId)));
      if (old.length > 0) await client.zRem(this.#keys.records, old);
    });
    return old.length;
  }

  async #idsOf(userId: UserId, after: HistoryPlace | undefined, limit: number): Promise<readonly CallId[]> {
    const key = this.#keys.history(userId);
    const read = async (client: RedisClient): Promise<string[]> => {
      if (after === undefined) return client.zRange(key, 0, limit - 1, { REV: true });
      // If the record at this place was deleted, continue with all older ones.
      const rank = await client.zRevRank(key, after.callId);
      if (rank !== null) return client.zRange(key, rank + 1, rank + limit, { REV: true });
      const range = { BY: 'SCORE', REV: true, LIMIT: { offset: 0, count: limit } } as const;
      return client.zRange(key, `(${after.endedAt}`, '-inf', range);
    };
    return this.#ids(await this.#connection.run(read, 0, [key]));
  }

  /** Leaves out records that were deleted meanwhile. */
  async #load(ids: readonly CallId[]): Promise<readonly CallRecord[]> {
    if (ids.length === 0) return [];
    const keys = ids.map((callId) => this.#keys.record(callId));
    const stored = await this.#connection.run((client) => client.mGet(keys));
    const found = stored.filter((json) => json !== null);
    return readable(storedRecord, found, (error) => this.#options.onUnreadable?.('record of a call', error));
  }

  #ids(found: readonly string[]): readonly CallId[] {
    return readableIds(storedCallId, found, (error) => this.#options.onUnreadable?.('id of a record', error));
  }

  /** Another user's erasure may come between the two steps: then try again. */
  async #eraseFrom(callId: CallId, userId: UserId): Promise<void> {
    const key = this.#keys.record(callId);
    for (;;) {
      const json = await this.#connection.run((client) => client.get(key), 0, [key]);
      if (json === null) return;
      const [record] = readable(storedRecord, [json], (error) =>
        this.#options.onUnreadable?.('record of a call', error),
      );
      if (record === undefined) {
        // It may name the user: delete all of it.
        await this.#connection.run((client) => client.del(key));
        return;
      }
      const after = JSON.stringify(erased(record, userId));
      const answer = await this.#connection.script(replaceRecord, [key], [json, after]);
      if (parsed(replaceAnswer, answer) === 'replaced') return;
    }
  }
}

const pageOfErasure = 100;
