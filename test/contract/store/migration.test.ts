/** A store that revision 17eb04f wrote, the last before schema versions: `test/fixtures/writeStore.mjs` tells how. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallRecords } from '../../../src/adapters/redis/call/redisCallRecords.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisDeadLetters } from '../../../src/adapters/redis/webhooks/redisDeadLetters.ts';
import { RedisRelations } from '../../../src/adapters/redis/people/redisRelations.ts';
import { RedisRingLedgers } from '../../../src/adapters/redis/people/redisRingLedgers.ts';
import { RedisUserDirectory } from '../../../src/adapters/redis/people/redisUserDirectory.ts';
import { RedisWebhookEndpoints } from '../../../src/adapters/redis/webhooks/redisWebhookEndpoints.ts';
import type { Migration, MigrationStep } from '../../../src/adapters/redis/schema/versions/migration.ts';
import { migrations } from '../../../src/adapters/redis/schema/versions/migrations.ts';
import { currentSchemaVersion } from '../../../src/adapters/redis/schema/versions/schemaVersion.ts';
import { SchemaVersionCheck } from '../../../src/adapters/redis/schema/versions/schemaVersionCheck.ts';
import type { Log } from '../../../src/ports/system/log.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { dumpStore, loadStore, readStoreDump } from '../../support/redis/storeDump.ts';

const redisPrefix = 'veilcast';
const keys = redisKeys(redisPrefix);
const clock = { now: () => Date.now() };
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const dump = readStoreDump('test/fixtures/store-17eb04f.json');

let redis: TestRedis;
let connection: RedisConnection;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  connection = await RedisConnection.create({ url: redis.url });
  await connection.run((client) => client.flushAll());
  await connection.run((client) => loadStore(client, dump), 10_000);
});
afterEach(() => connection.close());

async function migrate(over: readonly Migration[] = migrations): Promise<void> {
  const schema = await SchemaVersionCheck.open({
    connection,
    keys,
    redisPrefix,
    clock,
    log: quiet,
    migrations: over,
    observeMs: 20,
    installation: '{}',
  });
  await schema.close();
}

/** All but what tells when and by whom. */
async function stored(): Promise<Readonly<Record<string, unknown>>> {
  const { [keys.schema]: schema, ...rest } = await connection.run((client) => dumpStore(client), 10_000);
  expect(JSON.parse(String(schema))).toMatchObject({ version: currentSchemaVersion });
  return rest;
}

test('this program finds everything in a store of an earlier version', async () => {
  await migrate();
  const shared = { connection, keys };
  const store = new RedisCallStore({ ...shared, endedCallTtlMs: 60_000 });
  const users = new RedisUserDirectory(shared);
  expect(await users.get('frank')).toMatchObject({ name: 'FRANK', settings: { quietHours: { from: '22:00' } } });
  expect(await users.get('carol')).toMatchObject({ isVerified: true });
  const [between] = await new RedisRelations(shared).between('frank', ['erin']);
  expect(between).toMatchObject({ calleeBlocksCaller: true, calleeWroteToCaller: true });
  const [active] = await store.liveCallsOf('alice');
  expect(active).toMatchObject({ phase: 'active', media: 'audio' });
  const [ringing] = await store.liveCallsOf('dave');
  expect(ringing).toMatchObject({ phase: 'ringing' });
  expect(await store.ringingBetween('carol', 'dave')).toEqual(ringing);
  expect(await store.countByPhase()).toEqual({ ringing: 1, active: 1 });
  expect(await new RedisRingLedgers(shared).load('alice')).toBeDefined();
  const records = await new RedisCallRecords(shared).of('dave', { limit: 10 });
  expect(records.map(({ reason }) => reason)).toEqual(['declined', 'declined']);
  const [endpoint] = await new RedisWebhookEndpoints({ ...shared, onUnreadable: () => undefined }).list();
  expect(endpoint).toMatchObject({ url: 'http://127.0.0.1:9/hooks' });
  const letters = new RedisDeadLetters({
    ...shared,
    retentionMs: 1,
    onUnreadable: () => undefined,
    clock: { now: () => 0 },
  });
  const dead = await letters.list(endpoint?.id ?? 'hook_none', { after: 0, max: 100 });
  expect(dead.letters.length).toBeGreaterThan(0);
});

test('a second migration changes nothing', async () => {
  await migrate();
  const once = await stored();
  await connection.run((client) => client.del(keys.schema));
  await migrate();
  expect(await stored()).toEqual(once);
});

/** Dies in one step, before it or after the first thing that it wrote. */
function dyingIn(name: string, place: 'before' | 'in'): readonly Migration[] {
  const dying = (step: MigrationStep): MigrationStep => ({
    name: step.name,
    run: (context, cursor) => {
      if (place === 'before') throw new Error('cut off');
      const change: typeof context.change = async (...asked) => {
        await context.change(...asked);
        throw new Error('cut off');
      };
      return step.run({ ...context, change }, cursor);
    },
  });
  return migrations.map(({ from, to, steps }) => ({
    from,
    to,
    steps: steps.map((step) => (step.name === name ? dying(step) : step)),
  }));
}

test('a migration interrupted in any step ends like one that was not', async () => {
  await migrate();
  const whole = await stored();
  const names = migrations.flatMap(({ steps }) => steps.map(({ name }) => name));
  let cuts = 0;
  for (const name of names) {
    for (const place of ['before', 'in'] as const) {
      await connection.run((client) => client.flushAll());
      await connection.run((client) => loadStore(client, dump), 10_000);
      // A step that finds nothing to do in this store dies before it only.
      await migrate(dyingIn(name, place)).catch(() => (cuts += 1));
      await migrate();
      expect(await stored()).toEqual(whole);
    }
  }
  expect(cuts).toBeGreaterThanOrEqual(names.length);
}, 60_000);
