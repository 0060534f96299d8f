import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallFeed } from '../../../src/adapters/redis/call/redisCallFeed.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisOutbox } from '../../../src/adapters/redis/call/redisOutbox.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { startTestRedis, randomPrefix } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';
import { callFeedContract } from './callFeed.contract.ts';
import { callStoreContract, created, endedCallTtlMs, newNames, step, story } from './callStore.contract.ts';
import type { CallsUnderTest } from './callStore.contract.ts';
import { restoreContract } from './callStore.restore.contract.ts';
import { outboxContract, owed } from './outbox.contract.ts';

let redis: TestRedis;
let connection: RedisConnection;
let store: RedisCallStore;
let subscriptions: Subscriptions;
let feed: RedisCallFeed;
let outbox: RedisOutbox;
const keys = redisKeys(randomPrefix());
const broken: string[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await RedisConnection.create({ url: redis.url });
  const shared = { connection, keys, onBroken: (where: string) => broken.push(where) };
  store = new RedisCallStore({ ...shared, endedCallTtlMs });
  subscriptions = await Subscriptions.create(shared);
  feed = new RedisCallFeed({ ...shared, subscriptions });
  outbox = await RedisOutbox.create(shared);
});
afterAll(async () => {
  await Promise.all([subscriptions.close(), outbox.close()]);
  await connection.close();
  await redis.stop();
});

const under = (): CallsUnderTest => ({ store, feed, outbox, pass: (ms) => wait(ms) });
const request = { reader: 'r1', max: 1000, waitMs: 1, takeOverMs: 60_000 };

async function emptyOutbox(): Promise<void> {
  await waitFor('an empty outbox', async () => {
    const entries = await outbox.take({ ...request, takeOverMs: 1 });
    await outbox.done(entries.map(({ id }) => id));
    return entries.length === 0;
  });
}

test('unreadable ids do not end a list of live calls, however many there are in a row', async () => {
  const own = redisKeys(randomPrefix());
  const itsStore = new RedisCallStore({ connection, keys: own, endedCallTtlMs });
  const transitions = [created(newNames()), created(newNames())];
  for (const one of transitions) await itsStore.save(one);
  const broken = Array.from({ length: 7 }, (_, index) => ({ score: 0, value: `a${index}` }));
  await connection.run((client) => client.zAdd(own.liveCalls, [...broken, { score: 0, value: 'zz' }]));
  const found: string[] = [];
  let after: CallId | undefined;
  do {
    const page = await itsStore.liveCalls({ limit: 1, after });
    found.push(...page.calls.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  expect(found).toEqual(transitions.map(({ call }) => call.id).sort());
});

describe('calls in Redis', () => {
  callStoreContract(under);
  callFeedContract(under);
  outboxContract(under);
  restoreContract(under);

  test('after calls ended and expired, the keys are the same as before', async () => {
    const connection2 = await RedisConnection.create({ url: redis.url });
    const prefix = randomPrefix();
    const own = redisKeys(prefix);
    const options = { connection: connection2, keys: own, onBroken: () => undefined };
    const itsOutbox = await RedisOutbox.create(options);
    const itsStore = new RedisCallStore({ ...options, endedCallTtlMs });
    const mine = async (): Promise<string[]> => (await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`));
    const before = await mine();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (const transition of story(newNames())) expect(await itsStore.save(transition)).toBe('saved');
      }),
    );
    expect(await mine()).not.toEqual(before);
    const entries = await itsOutbox.take(request);
    expect(entries).toHaveLength(60);
    await itsOutbox.done(entries.map(({ id }) => id));
    await waitFor('the same keys as before', async () => JSON.stringify(await mine()) === JSON.stringify(before));
    expect(await connection2.run((client) => client.xLen(own.outbox))).toBe(0);
    await itsOutbox.close();
    await connection2.close();
  });

  test('a save is one command', async () => {
    await store.save(created(newNames()));
    const calls = async (): Promise<number> => {
      const info = await connection.run((client) => client.info('commandstats'));
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1]);
    };
    const before = await calls();
    await store.save(created(newNames()));
    expect((await calls()) - before).toBe(1);
  });

  test('a script that the server has forgotten is sent again', async () => {
    await connection.run((client) => client.scriptFlush());
    expect(await store.save(created(newNames()))).toBe('saved');
  });

  test.each([
    ['not JSON', 'nonsense'],
    ['no call', '{"id":"call_x"}'],
    ['an address in the place of an id', JSON.stringify({ ...created(newNames()).call, id: '10.0.0.1' })],
  ])('a stored call that is %s is an internal error, not a call', async (_, value) => {
    const { callId } = newNames();
    await connection.run((client) => client.hSet(keys.call(callId), { version: '1', state: value }));
    await expect(store.load(callId)).rejects.toMatchObject({ code: 'internal' });
  });

  test('unreadable stored events and ids are left out, and the rest is returned', async () => {
    const { callId, nodeId, caller } = newNames();
    await connection.run((client) => client.rPush(keys.callEvents(callId), '{"seq":1}'));
    await connection.run((client) => client.sAdd(keys.callsOnNode(nodeId), 'nonsense'));
    await connection.run((client) => client.sAdd(keys.callsOfUser(caller), 'nonsense'));
    const good = created({ ...newNames(), nodeId, caller });
    await store.save(good);
    expect(await store.eventsAfter(callId, 0)).toEqual([]);
    expect(await store.callsOn(nodeId)).toMatchObject({ callIds: [good.call.id] });
    expect((await store.liveCallsOf(caller)).map(({ id }) => id)).toEqual([good.call.id]);
    await connection.run((client) => client.del(keys.callEvents(callId)));
  });

  test('a missing call is removed from the lists that name it, so that it does not count as live', async () => {
    const { callId, caller } = newNames();
    await connection.run((client) => client.sAdd(keys.callsOfUser(caller), callId));
    expect(await store.liveCallsOf(caller)).toEqual([]);
    expect(await connection.run((client) => client.sCard(keys.callsOfUser(caller)))).toBe(0);
  });

  test('a broken message is reported and skipped, and the next one is delivered', async () => {
    const names = newNames();
    const versions: number[] = [];
    const stop = await feed.onUser(names.callee, ({ call }) => versions.push(call.version));
    broken.length = 0;
    await connection.run((client) => client.publish(keys.userChannel(names.callee), '{"call":1}'));
    await connection.run((client) => client.publish(keys.userChannel(names.callee), 'nonsense'));
    await store.save(created(names));
    await waitFor('the good message', () => versions.length === 1);
    expect(broken).toEqual(['feed', 'feed']);
    await stop();
  });

  test('a listener that throws is reported and does not affect the others', async () => {
    const names = newNames();
    const versions: number[] = [];
    broken.length = 0;
    const stops = [
      await feed.onUser(names.callee, () => {
        throw new Error('a bug');
      }),
      await feed.onUser(names.callee, ({ call }) => versions.push(call.version)),
    ];
    const [ringing, active] = story(names);
    await store.save(ringing);
    await store.save(active);
    await waitFor('both messages', () => versions.length === 2);
    expect(broken).toEqual(['feed', 'feed']);
    await Promise.all(stops.map((stop) => stop()));
  });

  test('a broken outbox entry is set aside and blocks nothing', async () => {
    await emptyOutbox();
    broken.length = 0;
    await connection.run((client) => client.xAdd(keys.outbox, '*', { call: '{}', events: 'nonsense' }));
    await connection.run((client) => client.xAdd(keys.outbox, '*', { other: '1' }));
    const [ringing] = story(newNames());
    await store.save(ringing);
    const entries = await outbox.take(request);
    expect(entries.map(({ transition }) => transition)).toEqual([owed(ringing)]);
    expect(broken).toEqual(['outbox', 'outbox']);
    expect(await connection.run((client) => client.lLen(keys.outboxBroken))).toBe(2);
    await outbox.done(entries.map(({ id }) => id));
    expect(await connection.run((client) => client.xLen(keys.outbox))).toBe(0);
  });

  test('an outbox creates its consumer group again if it is gone', async () => {
    await emptyOutbox();
    await connection.run((client) => client.del(keys.outbox));
    const [ringing] = story(newNames());
    await store.save(ringing);
    const entries = await outbox.take(request);
    expect(entries.map(({ transition }) => transition)).toEqual([owed(ringing)]);
    await outbox.done(entries.map(({ id }) => id));
  });

  test('many participants in one call and many calls at once', async () => {
    const { callId, nodeId, caller } = newNames();
    const callees = Array.from({ length: 31 }, (_, index) => `${caller}.${index}`);
    let transition = step(undefined, { ...createdCommand(callees), callId, nodeId, caller });
    await store.save(transition);
    for (const userId of callees) {
      transition = step(transition.call, { name: 'answer', userId, deviceId: 'some-device' });
      expect(await store.save(transition)).toBe('saved');
    }
    expect(await store.eventsAfter(callId, 0)).toHaveLength(32);
  });
});

function createdCommand(callees: readonly string[]) {
  const limits = { ...created(newNames()).call.limits, mostParticipants: 32 };
  return { name: 'create', media: 'audio', callerDevice: 'caller-phone', callees, limits } as const;
}
