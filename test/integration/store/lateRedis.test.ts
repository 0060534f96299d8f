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

/** As long as a start may take on a busy machine. */
const startedInVain = (logs: () => string) =>
  waitFor('a start in vain', () => logs().includes('Redis cannot be reached yet'), { withinMs: 90_000 });

test.each(['dist/server.js', 'dist/workers.js'])(
  '%s that starts before Redis becomes ready when Redis does',
  async (bundle) => {
    await redis.kill();
    const whileItStarts = async (logs: () => string) => {
      await startedInVain(logs);
      await redis.restart();
    };
    const server = await startServerProcess({ redisUrl: redis.url, bundle, whileItStarts });
    expect(await server.stop()).toBe(0);
  },
  240_000,
);

test('a node that waits for Redis stops when told to', async () => {
  await redis.kill();
  const starting = startServerProcess({
    redisUrl: redis.url,
    whileItStarts: async (logs, stop) => {
      await startedInVain(logs);
      // While it waits, it tries again and again.
      expect(await stop()).toBe(0);
    },
  });
  await expect(starting).rejects.toThrow('the server ended with 0');
}, 240_000);
