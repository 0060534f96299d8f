/** What every Idempotency must do. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryIdempotency } from '../../src/adapters/memory/memoryIdempotency.ts';
import { RedisConnection } from '../../src/adapters/redis/connection.ts';
import { redisKeys } from '../../src/adapters/redis/keys.ts';
import { RedisIdempotency } from '../../src/adapters/redis/redisIdempotency.ts';
import type { Idempotency } from '../../src/ports/idempotency.ts';
import { startTestRedis, randomPrefix, randomTail } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let connection: RedisConnection;
const prefix = randomPrefix();
beforeAll(async () => {
  redis = await startTestRedis();
  connection = await RedisConnection.create({ url: redis.url });
});
afterAll(async () => {
  await connection.close();
  await redis.stop();
});

interface UnderTest {
  readonly idempotency: Idempotency;
  /** The fake clock's step, called while waiting; nothing where time is real. */
  readonly tick: () => void;
}
const times = { ttlMs: 400, claimTtlMs: 150 };

function idempotencyContract(make: () => UnderTest): void {
  test('of many requests at once one is first, the others wait for its answer', async () => {
    const { idempotency } = make();
    const key = randomTail();
    const claims = await Promise.all(Array.from({ length: 20 }, () => idempotency.claim('ann', key, 'print')));
    expect(claims.filter(({ state }) => state === 'first')).toHaveLength(1);
    expect(claims.filter(({ state }) => state === 'in_progress')).toHaveLength(19);
    await idempotency.settle('ann', key, '{"status":201}');
    expect(await idempotency.claim('ann', key, 'print')).toEqual({ state: 'answered', answer: '{"status":201}' });
  });

  test('another request with the same key is a conflict, before and after the answer', async () => {
    const { idempotency } = make();
    const key = randomTail();
    await idempotency.claim('ann', key, 'print');
    expect(await idempotency.claim('ann', key, 'other')).toEqual({ state: 'conflict' });
    await idempotency.settle('ann', key, '');
    expect(await idempotency.claim('ann', key, 'other')).toEqual({ state: 'conflict' });
    expect(await idempotency.claim('ann', key, 'print')).toEqual({ state: 'answered', answer: '' });
  });

  test('keys belong to their scope, whatever characters they hold', async () => {
    const { idempotency } = make();
    const key = randomTail();
    expect(await idempotency.claim('ann', `x:${key}`, 'p')).toEqual({ state: 'first' });
    expect(await idempotency.claim('ann:x', key, 'p')).toEqual({ state: 'first' });
    expect(await idempotency.claim('ben', `x:${key}`, 'p')).toEqual({ state: 'first' });
    expect(await idempotency.claim('ann', `{x}"${key}`, 'p')).toEqual({ state: 'first' });
  });

  test('a request that failed gives its key back', async () => {
    const { idempotency } = make();
    const key = randomTail();
    await idempotency.claim('ann', key, 'print');
    await idempotency.abandon('ann', key);
    expect(await idempotency.claim('ann', key, 'other')).toEqual({ state: 'first' });
  });

  test('an answer is remembered for its time, a request that never settled for less', async () => {
    const { idempotency, tick } = make();
    const [settled, lost] = [randomTail(), randomTail()];
    await idempotency.claim('ann', settled, 'print');
    await idempotency.settle('ann', settled, 'answer');
    await idempotency.claim('ann', lost, 'print');
    const isFree = async (key: string): Promise<boolean> => {
      tick();
      const free = (await idempotency.claim('ann', key, 'another')).state === 'first';
      if (free) await idempotency.abandon('ann', key);
      return free;
    };
    await waitFor('the lost claim to lapse', () => isFree(lost));
    await waitFor('the answer to be forgotten', () => isFree(settled));
    await idempotency.settle('ann', settled, 'too late');
    expect((await idempotency.claim('ann', settled, 'print')).state).toBe('first');
  });
}

describe('idempotency in memory', () => {
  idempotencyContract(() => {
    let now = 0;
    const clock = { now: () => now };
    return { idempotency: new MemoryIdempotency({ clock, ...times }), tick: () => (now += 10) };
  });
});

describe('idempotency in Redis', () => {
  idempotencyContract(() => ({
    idempotency: new RedisIdempotency({ connection, keys: redisKeys(prefix), ...times }),
    tick: () => undefined,
  }));

  test('forgotten keys leave nothing', async () => {
    const left = async (): Promise<string[]> => (await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`));
    await waitFor('all keys to expire', async () => (await left()).length === 0);
  });
});
