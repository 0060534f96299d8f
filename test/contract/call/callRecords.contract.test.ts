/** What every CallRecords must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryCallRecords } from '../../../src/adapters/memory/memoryCallRecords.ts';
import { MemoryUserDirectory } from '../../../src/adapters/memory/memoryUserDirectory.ts';
import { RedisCallRecords } from '../../../src/adapters/redis/call/redisCallRecords.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisUserDirectory } from '../../../src/adapters/redis/people/redisUserDirectory.ts';
import type { CallRecord } from '../../../src/domain/call/record.ts';
import type { CallRecords } from '../../../src/ports/call/callRecords.ts';
import type { UserDirectory } from '../../../src/ports/people/userDirectory.ts';
import { newCallId } from './callStore.contract.ts';
import { randomPrefix } from '../../support/redis/redis.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();

const record = (endedAt: number, ...userIds: string[]): CallRecord => ({
  callId: newCallId(),
  media: 'audio',
  startedAt: endedAt - 10,
  answeredAt: endedAt - 5,
  endedAt,
  reason: 'hangup',
  participants: userIds.map((userId) => ({ userId, reason: 'left', leftAt: endedAt })),
});

function recordsContract(make: () => { records: CallRecords; users: UserDirectory }): void {
  const known = async (...names: string[]) => {
    const made = make();
    for (const id of names) await made.users.put({ id, name: id, isVerified: false });
    return made;
  };

  test('a record is kept once, and every participant finds it', async () => {
    const { records } = await known('ann', 'ben');
    const kept = record(1000, 'ann', 'ben');
    await records.keep(kept);
    await records.keep({ ...kept, reason: 'too_long' });
    expect(await records.of('ann', { limit: 10 })).toEqual([kept]);
    expect(await records.of('ben', { limit: 10 })).toEqual([kept]);
    expect(await records.of('mallory', { limit: 10 })).toEqual([]);
  });

  test('pages are ordered from newest to oldest, are complete, and stay stable while records are added', async () => {
    const { records } = await known('ann', 'ben');
    const all = [1000, 2000, 2000, 2000, 3000].map((at) => record(at, 'ann', 'ben'));
    for (const one of all) await records.keep(one);
    const read: CallRecord[] = [];
    for (;;) {
      const last = read.at(-1);
      const page = await records.of('ann', { limit: 2, ...(last === undefined ? {} : { after: last }) });
      read.push(...page);
      if (page.length < 2) break;
      await records.keep(record(9000, 'ann', 'ben'));
    }
    expect(read.map(({ endedAt }) => endedAt)).toEqual([3000, 2000, 2000, 2000, 1000]);
    expect(new Set(read.map(({ callId }) => callId)).size).toBe(5);
  });

  test('a page that begins at a deleted record continues after it', async () => {
    const { records } = await known('ann', 'ben');
    const [older, newer] = [record(1000, 'ann', 'ben'), record(2000, 'ann', 'ben')];
    for (const one of [older, newer]) await records.keep(one);
    expect(await records.of('ann', { limit: 5, after: { endedAt: 1500, callId: newCallId() } })).toEqual([older]);
  });

  test('old records are deleted in bounded steps', async () => {
    const { records } = await known('ann', 'ben');
    for (const at of [1000, 2000, 3000]) await records.keep(record(at, 'ann', 'ben'));
    expect(await records.deleteBefore(3000, 1)).toBe(1);
    expect((await records.of('ben', { limit: 5 })).map(({ endedAt }) => endedAt)).toEqual([3000, 2000]);
    expect(await records.deleteBefore(3000, 10)).toBe(1);
    expect(await records.deleteBefore(3000, 10)).toBe(0);
  });

  test('an erased user has no history, and others keep theirs without the name', async () => {
    const { records, users } = await known('ann', 'ben');
    await records.keep(record(1000, 'ann', 'ben'));
    await records.see('ann', 500);
    await users.remove('ann');
    await records.erase('ann');
    await records.erase('ann');
    // Written late, and once more.
    await records.keep(record(2000, 'ben', 'ann'));
    expect(await records.of('ann', { limit: 5 })).toEqual([]);
    expect(await records.seenUpTo('ann')).toBe(0);
    const left = await records.of('ben', { limit: 5 });
    expect(left.map(({ participants }) => participants.map(({ userId }) => userId))).toEqual([
      ['ben', null],
      [null, 'ben'],
    ]);
  });

  test('the seen mark never moves backwards', async () => {
    const { records } = await known('ann');
    expect(await records.seenUpTo('ann')).toBe(0);
    await records.see('ann', 20);
    await records.see('ann', 10);
    expect(await records.seenUpTo('ann')).toBe(20);
  });
}

describe('records in memory', () => {
  recordsContract(() => {
    const users = new MemoryUserDirectory();
    return { users, records: new MemoryCallRecords({ users }) };
  });
});

describe('records in Redis', () => {
  recordsContract(() => {
    const keys = redisKeys(randomPrefix());
    return {
      users: new RedisUserDirectory({ connection: redis.connection, keys }),
      records: new RedisCallRecords({ connection: redis.connection, keys }),
    };
  });

  test('nothing that names an erased user is left', async () => {
    const prefix = randomPrefix();
    const keys = redisKeys(prefix);
    const records = new RedisCallRecords({ connection: redis.connection, keys });
    const users = new RedisUserDirectory({ connection: redis.connection, keys });
    for (const id of ['erased-one', 'ben']) await users.put({ id, name: id, isVerified: false });
    for (let at = 0; at < 250; at += 1) await records.keep(record(1000 + at, 'erased-one', 'ben'));
    await users.remove('erased-one');
    await records.erase('erased-one');
    const names = (await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`));
    const values = await redis.connection.run((client) =>
      Promise.all(names.map(async (key) => ((await client.type(key)) === 'string' ? client.get(key) : key))),
    );
    expect(names.length).toBeGreaterThan(250);
    expect(JSON.stringify([names, values])).not.toContain('erased-one');
  });
});
