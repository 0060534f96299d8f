/** A machine on which everything starts at once: nodes and lifecycle workers that are there before Redis is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { TestRedis } from '../support/redis.ts';
import { startServerProcess } from '../support/serverProcess.ts';

/** Milliseconds: a connection that is not there after five seconds is given up, and made anew. */
const longerThanOneTry = 6_500;

let redis: TestRedis;

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

test.each(['dist/server.js', 'dist/workers.js'])(
  '%s that starts before Redis serves when Redis is there',
  async (bundle) => {
    await redis.kill();
    const starting = startServerProcess({ redisUrl: redis.url, bundle });
    await wait(longerThanOneTry);
    await redis.restart();
    const server = await starting;
    expect(server.logs()).toContain('Redis cannot be reached yet');
    expect(await server.stop()).toBe(0);
  },
  60_000,
);
