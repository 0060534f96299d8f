/** What the adapters do while Redis is away, and when it is back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallFeed } from '../../../src/adapters/redis/call/redisCallFeed.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisOutbox } from '../../../src/adapters/redis/call/redisOutbox.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import { startTestRedis, randomPrefix } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { waitFor } from '../../support/waitFor.ts';
import { created, newNames, step, story } from './callStore.contract.ts';

let redis: TestRedis;
let connection: RedisConnection;
let store: RedisCallStore;
let subscriptions: Subscriptions;
let feed: RedisCallFeed;
let outbox: RedisOutbox;
let gaps = 0;

beforeAll(async () => {
  redis = await startTestRedis({ persistent: true });
  connection = await RedisConnection.create({ url: redis.url });
  const shared = { connection, keys: redisKeys(randomPrefix()), onBroken: () => undefined };
  store = new RedisCallStore({ ...shared, endedCallTtlMs: 60_000 });
  subscriptions = await Subscriptions.create(shared);
  feed = new RedisCallFeed({ ...shared, subscriptions });
  outbox = await RedisOutbox.create(shared);
  feed.onGap(() => (gaps += 1));
});
afterAll(async () => {
  await Promise.all([subscriptions.close(), outbox.close()]);
  await connection.close();
  await redis.stop();
});

async function outcome(work: () => Promise<unknown>): Promise<{ code: unknown; tookMs: number }> {
  const watch = startStopwatch();
  try {
    await work();
    return { code: 'none', tookMs: watch.stop() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    return { code, tookMs: watch.stop() };
  }
}

async function allUnavailable(): Promise<void> {
  const { callId, nodeId, caller } = newNames();
  const outcomes = await Promise.all([
    outcome(() => store.load(callId)),
    outcome(() => store.save(created(newNames()))),
    outcome(() => store.liveCallsOf(caller)),
    outcome(() => store.callsOn(nodeId)),
    outcome(() => store.nodesWithCalls()),
    outcome(() => store.eventsAfter(callId, 0)),
    outcome(() => store.countByPhase()),
    outcome(() => feed.onUser(caller, () => undefined)),
    outcome(() => outbox.done(['1-1'])),
  ]);
  expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 'unavailable'));
  // Each has a limit of its own: what waits for a silent connection to be given up takes longer.
  expect(Math.max(...outcomes.map(({ tookMs }) => tookMs))).toBeLessThan(5_000);
}

test('a killed Redis loses nothing that was saved; requests fail as unavailable and then work again', async () => {
  const names = newNames();
  const versions: number[] = [];
  await feed.onUser(names.callee, ({ call }) => versions.push(call.version));
  const ringing = created(names);
  await store.save(ringing);
  await waitFor('the first change', () => versions.length === 1);
  const waiting = outcome(() => outbox.take({ reader: 'r1', max: 10, waitMs: 0, takeOverMs: 60_000 }));
  expect((await waiting).code).toBe('none');
  const gapsBefore = gaps;

  await redis.kill();
  await waitFor('the loss to be noticed', () => !connection.ready);
  await allUnavailable();
  expect((await outcome(() => outbox.take({ reader: 'r1', max: 1, waitMs: 500, takeOverMs: 1 }))).code).toBe(
    'unavailable',
  );

  await redis.restart();
  await waitFor('all connections', () => connection.ready && subscriptions.ready && gaps > gapsBefore);
  expect(await store.load(names.callId)).toEqual(ringing.call);
  expect(await store.eventsAfter(names.callId, 0)).toEqual(ringing.events);
  expect(await store.liveCallsOf(names.callee)).toEqual([ringing.call]);
  const active = step(ringing.call, { name: 'answer', userId: names.callee, deviceId: 'callee-phone' });
  expect(await store.save(active)).toBe('saved');
  await waitFor('the change after the gap', () => versions.includes(2));
  const owed: unknown[] = [];
  await waitFor('the entries of before and after', async () => {
    const entries = await outbox.take({ reader: 'r2', max: 10, waitMs: 100, takeOverMs: 1 });
    await outbox.done(entries.map(({ id }) => id));
    owed.push(...entries.map(({ transition }) => transition));
    return owed.length >= 2;
  });
  expect(owed).toEqual([ringing, active].map(({ call, events, effects }) => ({ call, events, effects })));
});

test('a user who joins a call during an outage is notified after it, and of all later changes', async () => {
  const names = newNames();
  const versions: number[] = [];
  const stop = await feed.onUser(names.callee, ({ call }) => versions.push(call.version));
  const [ringing, active, over] = story(names);
  const gapsBefore = gaps;
  // Commands of one connection are carried out in their order: the announcements find no subscriber.
  const [, saved] = await Promise.all([
    connection.run((client) => client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])),
    store.save(ringing),
  ]);
  expect([saved, versions]).toEqual(['saved', []]);
  await waitFor('the gap', () => gaps > gapsBefore);
  await waitFor('how the call stands', () => versions.length === 1);
  await store.save(active);
  await store.save(over);
  await waitFor('the end', () => versions.at(-1) === over.call.version);
  expect(versions).toEqual([1, 2, 3]);
  await stop();
});

test('a save that was aborted before it was sent is not executed later', async () => {
  const names = newNames();
  await redis.kill();
  await waitFor('the loss to be noticed', () => !connection.ready);
  expect((await outcome(() => store.save(created(names)))).code).toBe('unavailable');
  await redis.restart();
  await waitFor('the connection', () => connection.ready);
  expect(await store.load(names.callId)).toBeUndefined();
});

test('a connected but silent Redis is unavailable, then dropped and connected to again', async () => {
  const gapsBefore = gaps;
  redis.freeze();
  await allUnavailable();
  await waitFor('the silent connection to be given up', () => !connection.ready && !subscriptions.ready, {
    withinMs: 12_000,
  });
  redis.thaw();
  await waitFor('all connections', () => connection.ready && subscriptions.ready && gaps > gapsBefore);
  const names = newNames();
  const versions: number[] = [];
  const stop = await feed.onUser(names.callee, ({ call }) => versions.push(call.version));
  expect(await store.save(created(names))).toBe('saved');
  await waitFor('change', () => versions.length === 1);
  await stop();
});

test('a missing Redis is reported immediately', async () => {
  const nowhere = RedisConnection.create({ url: 'unix:///nowhere/redis.sock', connectWithinMs: 300 });
  await expect(nowhere).rejects.toMatchObject({ code: 'unavailable' });
});

test('closing is bounded and can be repeated while Redis is away', async () => {
  const other = await RedisConnection.create({ url: redis.url });
  redis.freeze();
  const closing = startStopwatch();
  await other.close();
  await other.close();
  // Ten times its bound, for each time.
  expect(closing.stop()).toBeLessThan(10_000);
  redis.thaw();
  await expect(other.run((client) => client.ping())).rejects.toMatchObject({ code: 'unavailable' });
});
