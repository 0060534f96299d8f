/** Maintenance in Redis and in memory. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryMaintenance } from '../../../src/adapters/memory/memoryMaintenance.ts';
import { RedisMaintenance } from '../../../src/adapters/redis/cluster/redisMaintenance.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import type { MaintenanceMode } from '../../../src/ports/cluster/maintenance.ts';
import { TestRedis, randomPrefix } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
const unannounced: unknown[] = [];
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await redis.stop();
});

async function overRedis(keys: ReturnType<typeof redisKeys>): Promise<MaintenanceMode> {
  const connection = await RedisConnection.create({ url: redis.url });
  const subscriptions = await Subscriptions.create({ connection, keys });
  closing.push(async () => {
    await subscriptions.close();
    await connection.close();
  });
  return new RedisMaintenance({ connection, subscriptions, keys, onUnannounced: (error) => unannounced.push(error) });
}

/** As two nodes see it. */
const pairs: Readonly<Record<string, () => Promise<readonly [MaintenanceMode, MaintenanceMode]>>> = {
  Redis: async () => {
    const keys = redisKeys(randomPrefix());
    return [await overRedis(keys), await overRedis(keys)];
  },
  memory: () => {
    const one = new MemoryMaintenance();
    return Promise.resolve([one, one]);
  },
};

describe.each(Object.entries(pairs))('in %s', (_name, open) => {
  test('every node learns that it began, was changed and ended', async () => {
    const [one, other] = await open();
    let told = 0;
    const stop = await other.onChange(() => (told += 1));
    expect(await other.read()).toBeUndefined();
    const maintenance = { text: 'Back at noon. Жди ☕', since: 5, by: 'operations' };
    await one.begin(maintenance);
    await waitFor('the other to be told', () => told === 1);
    expect(await other.read()).toEqual(maintenance);
    await other.begin({ ...maintenance, text: 'Back at one.' });
    expect(await one.read()).toEqual({ ...maintenance, text: 'Back at one.' });
    await one.end();
    await one.end();
    expect(await other.read()).toBeUndefined();
    await waitFor('the other to be told of all', () => told === 4);
    await stop();
  });
});

test('in Redis, a change that could not be announced is a change', async () => {
  const keys = redisKeys(randomPrefix());
  const [one, other] = [await overRedis(keys), await overRedis(keys)];
  expect(unannounced).toEqual([]);
  const operator = await RedisConnection.create({ url: redis.url });
  closing.push(() => operator.close());
  await operator.run((client) => client.sendCommand(['ACL', 'SETUSER', 'default', '-publish']));
  const maintenance = { text: 'Back at noon.', since: 5, by: 'operations' };
  await one.begin(maintenance);
  expect(await other.read()).toEqual(maintenance);
  await one.end();
  expect(await other.read()).toBeUndefined();
  expect(unannounced).toHaveLength(2);
});
