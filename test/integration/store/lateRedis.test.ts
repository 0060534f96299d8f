/** A machine on which everything starts at once: nodes and lifecycle workers that are there before Redis is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

test.each(['dist/server.js', 'dist/workers.js'])(
  '%s that starts before Redis becomes ready when Redis does',
  async (bundle) => {
    await redis.kill();
    const whileItStarts = async (logs: () => string) => {
      await waitFor('a start in vain', () => logs().includes('Redis cannot be reached yet'));
      await redis.restart();
    };
    const server = await startServerProcess({ redisUrl: redis.url, bundle, whileItStarts });
    expect(await server.stop()).toBe(0);
  },
  60_000,
);

test('a node that waits for Redis stops when told to', async () => {
  await redis.kill();
  const began = performance.now();
  const starting = startServerProcess({
    redisUrl: redis.url,
    whileItStarts: async (logs, stop) => {
      await waitFor('a start in vain', () => logs().includes('Redis cannot be reached yet'));
      expect(await stop()).toBe(0);
    },
  });
  await expect(starting).rejects.toThrow('the server ended with 0');
  expect(performance.now() - began).toBeLessThan(20_000);
}, 60_000);
