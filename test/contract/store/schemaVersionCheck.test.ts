/** The schema version of the store: who may use it, and how one of before is migrated. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { overKeys } from '../../../src/adapters/redis/schema/versions/migration.ts';
import type { Migration } from '../../../src/adapters/redis/schema/versions/migration.ts';
import { SchemaVersionCheck } from '../../../src/adapters/redis/schema/versions/schemaVersionCheck.ts';
import type { SchemaVersionCheckOptions } from '../../../src/adapters/redis/schema/versions/schemaVersionCheck.ts';
import { StoreRefusal } from '../../../src/adapters/redis/schema/versions/storeRefusal.ts';
import type { Log, LogFields } from '../../../src/ports/system/log.ts';
import { TestRedis, randomPrefix } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
let connection: RedisConnection;
let prefix: string;
let said: string[];
let open: SchemaVersionCheck[];

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  connection = await RedisConnection.create({ url: redis.url });
  prefix = randomPrefix();
  said = [];
  open = [];
});
afterEach(async () => {
  for (const schema of open) await schema.close();
  await connection.close();
});

const keys = () => redisKeys(prefix);
const log = (): Log => {
  const note = (words: string, { count }: LogFields = {}): void =>
    void said.push(count === undefined ? words : `${count} ${words}`);
  return { debug: note, info: note, warn: note, error: note };
};

async function start(options: Partial<SchemaVersionCheckOptions> = {}): Promise<SchemaVersionCheck> {
  const schema = await SchemaVersionCheck.open({
    connection,
    keys: keys(),
    redisPrefix: prefix,
    clock: { now: () => 1_000 },
    log: log(),
    observeMs: 200,
    installation: '{}',
    ...options,
  });
  open.push(schema);
  return schema;
}

const stored = async (): Promise<unknown> =>
  JSON.parse((await connection.run((client) => client.get(keys().schema))) ?? 'null');

const set = `return redis.call('SET', KEYS[1], ARGV[1])`;

/** Turns `old:N` into `new:N`. */
function renaming(to: number, each: () => void = () => undefined): Migration {
  const step = overKeys('rename', 'old:*', async ({ connection: reader, change }, key) => {
    each();
    const value = await reader.run((client) => client.get(key));
    await change(set, [key.replace(':old:', ':new:')], [value ?? '']);
  });
  return { from: to - 1, to, steps: [step, { name: 'nothing', run: () => Promise.resolve(undefined) }] };
}

async function writeOld(count: number): Promise<void> {
  await connection.run(async (client) => {
    await client.set(keys().life, 'a life');
    await Promise.all(Array.from({ length: count }, (_, i) => client.set(`{${prefix}}:old:${i}`, String(i))));
  });
}

async function renamed(): Promise<number> {
  return connection.run(async (client) => (await client.keys(`{${prefix}}:new:*`)).length);
}

test('an empty store gets the version of the first program, and later programs find it', async () => {
  await start({ version: 3 });
  expect(await stored()).toMatchObject({ version: 3, since: 1_000 });
  const before = await stored();
  await start({ version: 3 });
  expect(await stored()).toEqual(before);
});

test('a store of a newer program is refused in one sentence', async () => {
  await start({ version: 3 });
  const refusal = start({ version: 2 });
  await expect(refusal).rejects.toThrow(StoreRefusal);
  await expect(refusal).rejects.toThrow(
    /^The store has schema version 3, and this program knows only version 2: [^\n]+\.$/,
  );
});

test('a store that a newer program has begun to migrate is also refused', async () => {
  const text = JSON.stringify({
    version: 1,
    since: 1,
    by: 'p',
    migration: { to: 2, startedAt: 1, step: 'a', cursor: '', run: '' },
  });
  await connection.run((client) => client.set(keys().schema, text));
  await expect(start({ version: 1 })).rejects.toThrow('schema version 2');
});

test('an unreadable schema is refused and left unchanged', async () => {
  await connection.run((client) => client.set(keys().schema, '{"version":"x"}'));
  await expect(start()).rejects.toThrow(StoreRefusal);
  expect(await stored()).toEqual({ version: 'x' });
});

test('a store with keys but no version is migrated once, by the first process', async () => {
  await writeOld(500);
  let changed = 0;
  const migrations = [renaming(1, () => void (changed += 1)), renaming(2)];
  await Promise.all([1, 2, 3].map(() => start({ version: 2, migrations })));
  expect(await renamed()).toBe(500);
  expect(await stored()).toMatchObject({ version: 2 });
  expect(changed).toBeLessThan(600);
  expect(said.filter((words) => words === 'the migration of the store started')).toHaveLength(2);
});

test('an interrupted migration continues where it was and ends like one that was not', async () => {
  await writeOld(600);
  let last = 0;
  for (let cut = 200; ; cut += 200) {
    let changed = 0;
    const dies = renaming(1, () => {
      changed += 1;
      if (changed > cut) throw new Error('killed');
    });
    const outcome = await start({ version: 1, migrations: [dies] }).then(
      () => 'migrated',
      () => 'died',
    );
    last = changed;
    if (outcome === 'migrated') break;
    expect(await stored()).toMatchObject({ version: 0, migration: { to: 1 } });
  }
  expect(await renamed()).toBe(600);
  // What was done before the cuts was not done again.
  expect(last).toBeLessThan(600);
  expect(await stored()).toMatchObject({ version: 1 });
});

test('a cursor from another run of Redis is not used', async () => {
  await writeOld(50);
  const text = JSON.stringify({
    version: 0,
    since: 1,
    by: 'p',
    migration: { to: 1, startedAt: 1, step: 'rename', cursor: '123456', run: 'another' },
  });
  await connection.run((client) => client.set(keys().schema, text));
  await start({ version: 1, migrations: [renaming(1)] });
  expect(await renamed()).toBe(50);
});

test('a process that lost the lease writes nothing more', async () => {
  await writeOld(10);
  const stolen = renaming(1, () => {
    void connection.run((client) => client.set(keys().migrationLease, 'another'));
  });
  await expect(start({ version: 1, migrations: [stolen] })).rejects.toThrow();
  expect(await renamed()).toBeLessThan(2);
  expect(await connection.run((client) => client.get(keys().migrationLease))).toBe('another');
});

test('a migration waits for processes of the version before and logs it once', async () => {
  const before = await start({ version: 1 });
  const next = start({ version: 2, migrations: [renaming(2)] });
  await waitFor('the wait to be said', () => said.some((words) => words.includes('1 processes of the version before')));
  expect(await stored()).toMatchObject({ version: 1 });
  await before.close();
  await next;
  expect(await stored()).toMatchObject({ version: 2 });
  expect(said.filter((words) => words.includes('of the version before'))).toHaveLength(1);
});

test('a process that died silently is not waited for longer than its lease', async () => {
  await connection.run(async (client) => {
    await client.hSet(keys().processes, 'p_dead', '1');
    await client.set(keys().process('p_dead'), '1', { PX: 300 });
    await client.set(keys().schema, JSON.stringify({ version: 1, since: 1, by: 'p_dead' }));
  });
  await start({ version: 2, migrations: [renaming(2)] });
  expect(await stored()).toMatchObject({ version: 2 });
});

test('a node without a version is waited for while it beats, and not when it is silent', async () => {
  const beat = (node: string, number: number) =>
    connection.run((client) => client.hSet(keys().nodeStatuses, node, JSON.stringify({ beat: number })));
  await beat('dead', 7);
  let number = 0;
  const beating = setInterval(() => void beat('alive', (number += 1)), 20);
  const next = start({ version: 1, migrations: [renaming(1)] });
  await waitFor('the wait to be said', () => said.some((words) => words.includes('1 processes of the version before')));
  clearInterval(beating);
  await next;
  expect(await stored()).toMatchObject({ version: 1 });
});

test('lifecycle workers without a version are waited for while they work', async () => {
  const mark = () => connection.run((client) => client.set(keys().workersOfQueues, '1', { PX: 30 }));
  await connection.run((client) => client.set(keys().life, 'a life'));
  await mark();
  const working = setInterval(() => void mark(), 40);
  const next = start({ version: 1, migrations: [renaming(1)] });
  try {
    await waitFor('the wait to be said', () =>
      said.some((words) => words.includes('1 processes of the version before')),
    );
  } finally {
    clearInterval(working);
  }
  await next;
  expect(await stored()).toMatchObject({ version: 1 });
});

test('a process that is stopping does not wait any longer', async () => {
  await start({ version: 1 });
  const stopping = new AbortController();
  const next = start({ version: 2, migrations: [renaming(2)], stopping: stopping.signal });
  await waitFor('the wait to be said', () => said.some((words) => words.includes('of the version before')));
  stopping.abort();
  await expect(next).rejects.toThrow('aborted');
});

test('a store that lost its data gets its version again; a version changed by others is noticed', async () => {
  const schema = await start({ version: 1, processLeaseMs: 200 });
  await connection.run((client) => client.del(keys().schema));
  await waitFor('the version', async () => (await stored()) !== null);
  expect(schema.isCurrent).toBe(true);
  await connection.run((client) => client.set(keys().schema, JSON.stringify({ version: 2, since: 1, by: 'p' })));
  await waitFor('the change to be noticed', () => !schema.isCurrent);
  await connection.run((client) => client.set(keys().schema, JSON.stringify({ version: 1, since: 1, by: 'p' })));
  await waitFor('the way back to be noticed', () => schema.isCurrent);
});
