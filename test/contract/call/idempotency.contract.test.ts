/** What every Idempotency must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryIdempotency } from '../../../src/adapters/memory/memoryIdempotency.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisIdempotency } from '../../../src/adapters/redis/call/redisIdempotency.ts';
import type { Idempotency, KeyedRequest } from '../../../src/ports/call/idempotency.ts';
import { randomPrefix, randomTail } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();
const prefix = randomPrefix();

interface UnderTest {
  readonly idempotency: Idempotency;
  /** The fake clock's step, called while waiting; nothing where time is real. */
  readonly tick: () => void;
}
const most = 5;
/** What a test does not wait for the end of must outlast any hold-up of a busy machine. */
const lasting = { ttlMs: 60_000, leaseMs: 60_000, most };
type Times = typeof lasting;
const offer = (fingerprint: string, id = 'call_1') => ({ fingerprint, id });

function idempotencyContract(makeWith: (times: Times) => UnderTest): void {
  const make = (times: Partial<Times> = {}) => makeWith({ ...lasting, ...times });

  /** Of somebody whom no other test knows. */
  const request = (key = 'key', scope: string = randomTail()) => ({ scope, key });

  async function claimed(idempotency: Idempotency, of: KeyedRequest, print = 'print'): Promise<string> {
    const claim = await idempotency.claim(of, offer(print));
    if (claim.state !== 'first') throw new Error(`the claim is ${claim.state}`);
    return claim.token;
  }

  test('of many simultaneous requests with one key, one is first and the others get its result', async () => {
    const { idempotency } = make();
    const of = request();
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => idempotency.claim(of, offer('print', `call_${index}`))),
    );
    const first = claims.filter((claim) => claim.state === 'first');
    expect(claims.filter(({ state }) => state === 'in_progress')).toHaveLength(19);
    expect(first.map(({ again }) => again)).toEqual([false]);
    await idempotency.settle(of, first[0]?.token ?? '', 'call_7');
    expect(await idempotency.claim(of, offer('print'))).toEqual({ state: 'done', outcome: 'call_7' });
  });

  test('another request with the same key is a conflict, before and after the outcome', async () => {
    const { idempotency } = make();
    const of = request();
    const token = await claimed(idempotency, of);
    expect(await idempotency.claim(of, offer('other'))).toEqual({ state: 'conflict' });
    await idempotency.settle(of, token, '');
    expect(await idempotency.claim(of, offer('other'))).toEqual({ state: 'conflict' });
    expect(await idempotency.claim(of, offer('print'))).toEqual({ state: 'done', outcome: '' });
  });

  test('keys belong to their scope, whatever characters they contain', async () => {
    const { idempotency } = make();
    const key = randomTail();
    const all = [
      request(`x:${key}`, 'ann'),
      request(key, 'ann:x'),
      request(`x:${key}`, 'ben'),
      request('{x}"|', 'ann'),
    ];
    for (const one of all) expect(await idempotency.claim(one, offer('p'))).toMatchObject({ state: 'first' });
  });

  test('a failed request releases its key', async () => {
    const { idempotency } = make();
    const of = request();
    await idempotency.abandon(of, await claimed(idempotency, of));
    expect(await idempotency.claim(of, offer('other'))).toMatchObject({ state: 'first', again: false });
  });

  test('a holder that died is replaced under the same id and cannot settle the key any more', async () => {
    const { idempotency, tick } = make({ leaseMs: 150 });
    const of = request();
    const dead = await claimed(idempotency, of);
    const next = await waitFor('the claim of the dead to lapse', async () => {
      tick();
      const claim = await idempotency.claim(of, offer('print', 'call_2'));
      return claim.state === 'first' ? claim : undefined;
    });
    expect(next).toMatchObject({ id: 'call_1', again: true });
    await idempotency.settle(of, dead, 'call_of_the_dead');
    await idempotency.abandon(of, dead);
    await idempotency.settle(of, next.token, 'call_1');
    expect(await idempotency.claim(of, offer('print'))).toEqual({ state: 'done', outcome: 'call_1' });
  });

  test('a holder that renews its claim is not replaced', async () => {
    const leaseMs = 4_000;
    const { idempotency, tick } = make({ leaseMs });
    const of = request();
    const token = await claimed(idempotency, of);
    const until = Date.now() + 1.25 * leaseMs;
    for (let turn = 0; turn < 250 || Date.now() < until; turn += 1) {
      tick();
      await idempotency.renew(of, token);
      expect(await idempotency.claim(of, offer('print'))).toEqual({ state: 'in_progress' });
    }
  });

  test('an outcome is remembered for its time', async () => {
    const { idempotency, tick } = make({ ttlMs: 400 });
    const of = request();
    const token = await claimed(idempotency, of);
    await idempotency.settle(of, token, 'call_1');
    await waitFor('the outcome to be forgotten', async () => {
      tick();
      return (await idempotency.claim(of, offer('another'))).state === 'first';
    });
  });

  test('only the newest outcomes of a scope are remembered, and all unfinished requests', async () => {
    const { idempotency } = make();
    const scope = randomTail();
    const working = request('working', scope);
    await claimed(idempotency, working);
    for (let index = 0; index < 20; index += 1) {
      const of = request(`key ${index}`, scope);
      await idempotency.settle(of, await claimed(idempotency, of), `call_${index}`);
    }
    expect(await idempotency.claim(working, offer('print'))).toEqual({ state: 'in_progress' });
    const last = await idempotency.claim(request('key 19', scope), offer('print'));
    expect(last).toEqual({ state: 'done', outcome: 'call_19' });
    expect(await idempotency.claim(request('key 0', scope), offer('print'))).toMatchObject({
      state: 'first',
      again: false,
    });
  });

  test('a scope with the maximum of unfinished requests gets no more', async () => {
    const { idempotency } = make();
    const scope = randomTail();
    for (let index = 0; index < most; index += 1) await claimed(idempotency, request(`key ${index}`, scope));
    expect(await idempotency.claim(request('one more', scope), offer('print'))).toEqual({ state: 'full' });
  });
}

describe('idempotency in memory', () => {
  idempotencyContract((times) => {
    let now = 0;
    const clock = { now: () => now };
    return { idempotency: new MemoryIdempotency({ clock, ...times }), tick: () => (now += 10) };
  });
});

describe('idempotency in Redis', () => {
  idempotencyContract((times) => ({
    idempotency: new RedisIdempotency({ connection: redis.connection, keys: redisKeys(prefix), ...times }),
    tick: () => undefined,
  }));

  test('expired keys leave nothing', async () => {
    const own = randomPrefix();
    const times = { ttlMs: 2_000, leaseMs: 2_000, most };
    const idempotency = new RedisIdempotency({ connection: redis.connection, keys: redisKeys(own), ...times });
    for (const key of ['settled', 'left at work']) {
      const claim = await idempotency.claim({ scope: 'ann', key }, offer('print'));
      if (key === 'settled' && claim.state === 'first') {
        await idempotency.settle({ scope: 'ann', key }, claim.token, 'call_1');
      }
    }
    const left = async (): Promise<string[]> => (await redis.keys()).filter((key) => key.startsWith(`{${own}}:`));
    expect(await left()).not.toEqual([]);
    await waitFor('all keys to expire', async () => (await left()).length === 0);
  });

  test('a hundred keys of one user use a few kilobytes', async () => {
    const idempotency = new RedisIdempotency({ connection: redis.connection, keys: redisKeys(prefix), ttlMs: 60_000 });
    for (let index = 0; index < 250; index += 1) {
      const of = { scope: 'user:heavy', key: `key-${index}-${randomTail()}` };
      const claim = await idempotency.claim(of, offer('print', `call_${randomTail()}`));
      if (claim.state === 'first') await idempotency.settle(of, claim.token, claim.id);
    }
    const bytes = await redis.connection.run(async (client) => {
      const names = (await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:once:`));
      const sizes = await Promise.all(
        names.map(async (key) => [await client.hLen(key), await client.memoryUsage(key)]),
      );
      return sizes.find(([count]) => count === 100)?.[1];
    });
    expect(bytes).toBeLessThan(12_000);
  });
});
