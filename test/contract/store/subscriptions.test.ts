/** A subscriber finds out by itself that it hears nothing any more. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import { openDeafLine } from '../../support/networks/deafLine.ts';
import { randomPrefix, startTestRedis } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(async () => {
  await redis.stop();
});

test('a connection that answers but delivers no messages is replaced; the gap is reported and messages arrive again', async () => {
  const line = await openDeafLine(redis.url);
  const connection = await RedisConnection.create({ url: line.url });
  const subscriptions = await Subscriptions.create({
    connection,
    keys: redisKeys(randomPrefix()),
    echoEveryMs: 100,
    echoWithinMs: 6_000,
  });
  const heard: string[] = [];
  let gaps = 0;
  subscriptions.onGap(() => (gaps += 1));
  await subscriptions.listen('changes', (message) => heard.push(message));
  const say = (message: string) => connection.run((client) => client.publish('changes', message));
  await say('before');
  await waitFor('the first message', () => heard.length === 1);
  // A subscription that works is left alone.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(gaps).toBe(0);

  line.deafen();
  await say('lost');
  await waitFor('the gap', () => gaps > 0, { withinMs: 40_000 });
  await say('after');
  await waitFor('a message again', () => heard.length === 2);
  expect(heard).toEqual(['before', 'after']);
  await subscriptions.close();
  await connection.close();
  line.close();
}, 60_000);
