/** Two installations of one Redis do not hear each other, and do not take each other's store. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseOf } from '../../../src/adapters/redis/connection/client.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallFeed } from '../../../src/adapters/redis/call/redisCallFeed.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { claimedInstallation, fingerprintOf } from '../../../src/adapters/redis/schema/installation.ts';
import type { InstallationOptions } from '../../../src/adapters/redis/schema/installation.ts';
import { StoreRefusal } from '../../../src/adapters/redis/schema/versions/storeRefusal.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { TestRedis, randomPrefix } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';
import { created, newNames } from '../call/callStore.contract.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

async function installationAt(url: string, prefix: string) {
  const connection = await RedisConnection.create({ url });
  const keys = redisKeys(prefix, databaseOf(url));
  const subscriptions = await Subscriptions.create({ connection, keys });
  const feed = new RedisCallFeed({ connection, subscriptions, keys, onBroken: () => undefined });
  return {
    feed,
    store: new RedisCallStore({ connection, keys, endedCallTtlMs: 1_000 }),
    close: async () => {
      await subscriptions.close();
      await connection.close();
    },
  };
}

test('users of one database get no events of another under the same prefix', async () => {
  const prefix = randomPrefix();
  const [first, second] = [await installationAt(redis.url, prefix), await installationAt(`${redis.url}?db=1`, prefix)];
  try {
    const [own, foreign] = [newNames(), newNames()];
    const heard: CallId[] = [];
    const { caller, callee, nodeId } = own;
    const note = (change: { readonly call: { readonly id: CallId } }): void => void heard.push(change.call.id);
    for (const userId of [caller, callee]) await first.feed.onUser(userId, note);
    await first.feed.onNode(nodeId, note);
    await first.feed.onCall(foreign.callId, note);
    expect(await second.store.save(created({ ...foreign, caller, callee, nodeId }))).toBe('saved');
    // Redis publishes in order: what is heard of the own call would have come after the foreign one.
    expect(await first.store.save(created(own))).toBe('saved');
    await waitFor('the own call', () => heard.filter((callId) => callId === own.callId).length >= 3);
    expect(heard).not.toContain(foreign.callId);
    expect(await first.store.load(foreign.callId)).toBeUndefined();
  } finally {
    await first.close();
    await second.close();
  }
});

test.each([
  ['redis://127.0.0.1:1', 0],
  ['redis://127.0.0.1:1/7', 7],
  ['rediss://user:word@127.0.0.1:1/2', 2],
  ['unix:///tmp/redis.sock?db=3', 3],
])('the database of %s is %i', (url, database) => {
  expect(databaseOf(url)).toBe(database);
});

async function claiming(prefix: string) {
  const connection = await RedisConnection.create({ url: redis.url });
  const keys = redisKeys(prefix);
  const claim = (tokenSecret: string, options: Partial<InstallationOptions> = {}) =>
    claimedInstallation({
      connection,
      keys,
      clock: { now: () => 5 },
      redisPrefix: prefix,
      tokenSecret,
      mayReplace: false,
      ...options,
    });
  return { connection, keys, claim };
}

test('a store belongs to its first installation: another secret is refused in one sentence and stored nowhere', async () => {
  const prefix = randomPrefix();
  const { connection, keys, claim } = await claiming(prefix);
  const first = await claim('a-secret-of-the-first-installation');
  expect(await claim('a-secret-of-the-first-installation')).toBe(first);
  const refused = claim('a-secret-of-the-second-one');
  await expect(refused).rejects.toThrow(StoreRefusal);
  await expect(refused).rejects.toThrow(/^Another installation, [^\n]+\.$/);
  const stored = await connection.run((client) => client.get(keys.installation));
  expect(stored).toContain(fingerprintOf('a-secret-of-the-first-installation'));
  expect(stored).not.toContain('a-secret');
  // As docs/schema.md tells how secrets are changed.
  await connection.run((client) => client.del(keys.installation));
  expect(await claim('a-secret-of-the-second-one')).toContain(fingerprintOf('a-secret-of-the-second-one'));
  await connection.close();
});

test('a rotation of the secret keeps the store, while processes run with either secret, and ends with the new one alone', async () => {
  const { connection, keys, claim } = await claiming(randomPrefix());
  const [former, next] = ['the-former-secret', 'the-next-secret'];
  const first = await claim(former);
  await connection.run((client) => client.hSet(keys.processes, 'p_1', '1'));
  await connection.run((client) => client.set(keys.process('p_1'), '1'));
  expect(await claim(former, { acceptedTokenSecret: next })).toBe(first);
  expect(await claim(next, { acceptedTokenSecret: former })).toContain(fingerprintOf(next));
  // One that is a step behind starts again.
  expect(await claim(former, { acceptedTokenSecret: next })).toContain(fingerprintOf(former));
  expect(await claim(next, { acceptedTokenSecret: former })).toContain(fingerprintOf(next));
  expect(await claim(next)).toContain(fingerprintOf(next));
  await expect(claim(former)).rejects.toThrow(StoreRefusal);
  await connection.close();
});

test('development takes over a store that no process uses, and no other', async () => {
  const { connection, keys, claim } = await claiming(randomPrefix());
  await claim('of-yesterday');
  await connection.run((client) => client.hSet(keys.processes, 'p_1', '1'));
  await connection.run((client) => client.set(keys.process('p_1'), '1'));
  await expect(claim('of-today', { mayReplace: true })).rejects.toThrow(StoreRefusal);
  await connection.run((client) => client.del(keys.process('p_1')));
  expect(await claim('of-today', { mayReplace: true })).toContain(fingerprintOf('of-today'));
  await connection.close();
});
