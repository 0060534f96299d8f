/** Redis is full, or read-only: what is new is refused first, and whoever wants to go can go. */
import { afterEach, expect, test } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisCondition } from '../../../src/adapters/redis/connection/redisCondition.ts';
import { RedisWebhookMailbox } from '../../../src/adapters/redis/webhooks/redisWebhookMailbox.ts';
import { RedisNodeDirectory } from '../../../src/adapters/redis/cluster/redisNodeDirectory.ts';
import { storeWork } from '../../../src/ports/cluster/storeCondition.ts';
import { startPatiently } from '../../../src/compose/process/starting.ts';
import { Logger } from '../../../src/observability/logger.ts';
import { OncePerCause } from '../../../src/observability/oncePerCause.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { randomPrefix } from '../../support/redis/redis.ts';
import { RedisServer } from '../../support/redis/redisServer.ts';
import { created, newNames, story } from '../call/callStore.contract.ts';

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

async function start(...lines: string[]) {
  const [port = 0] = await freePorts(1);
  const server = await RedisServer.start({ port, lines: ['save ""', ...lines] });
  cleanUp.push(() => server.stop());
  const connection = await RedisConnection.create({ url: `redis://127.0.0.1:${port}` });
  cleanUp.push(() => connection.close());
  const keys = redisKeys(randomPrefix());
  const told: string[] = [];
  const once = new OncePerCause({
    debug: () => undefined,
    error: () => undefined,
    warn: (words, fields) => void told.push(`${words}: ${fields?.reason ?? ''}`),
    info: (words) => void told.push(words),
  });
  const condition = new RedisCondition({
    connection,
    keys,
    onFault: (what, words) => {
      once.failed(what, words);
    },
    onOver: (what) => {
      once.succeeded(what);
    },
  });
  const store = new RedisCallStore({ connection, keys, endedCallTtlMs: 60_000 });
  const set = (name: string, value: string) => connection.run((client) => client.configSet(name, value));
  return { port, server, connection, keys, condition, store, told, set };
}

const refused = (condition: RedisCondition): readonly string[] =>
  storeWork.filter((work) => {
    try {
      condition.mustTake(work);
      return false;
    } catch {
      return true;
    }
  });

test('in a full Redis nobody can call, everybody can hang up, and nodes still count as alive', async () => {
  const { connection, keys, condition, store, set, told } = await start();
  const nodes = new RedisNodeDirectory({ connection, keys });
  const names = newNames();
  const [ringing, active, over] = story(names);
  await store.save(ringing);
  await store.save(active);
  await condition.check();
  await set('maxmemory', '1mb');
  expect(await store.save(created(newNames()))).toBe('unwritable');
  await expect(condition.check()).rejects.toMatchObject({ code: 'overloaded' });
  expect(refused(condition)).toEqual(storeWork);
  expect(await store.save(over)).toBe('saved');
  expect(await store.load(names.callId)).toMatchObject({ phase: 'ended' });
  const status = { nodeId: names.nodeId, region: 'r', beat: 2, load: 0, calls: 0, sessions: 0, draining: false };
  expect(await nodes.renew(status)).toBe('fenced');
  for (let look = 0; look < 3; look += 1) await condition.look();
  await set('maxmemory', '0');
  await condition.look();
  expect(refused(condition)).toEqual([]);
  expect(told).toEqual([
    expect.stringContaining('write failed: Redis is full'),
    expect.stringContaining('memory failed: Redis is nearly full'),
    'write works again',
    'memory works again',
  ]);
});

test('in a full Redis an accepted webhook is stored as accepted', async () => {
  const { connection, keys, set } = await start();
  const mailbox = new RedisWebhookMailbox({
    connection,
    keys,
    retentionMs: 60_000,
    holdMs: 60_000,
    clock: { now: () => Date.now() },
    onUnreadable: (_what, error) => {
      throw error;
    },
  });
  const { callId } = newNames();
  const lane = { endpointId: 'hook_0123456789012345678901', callId } as const;
  const ofCall = (seq: number) => ({ id: `${callId}_${seq}`, callId, seq, type: 'call.ringing', body: '{}' }) as const;
  await mailbox.append(lane, [ofCall(1), ofCall(2)], 0);
  const by = { holder: 'one', now: Date.now() };
  expect(await mailbox.take(lane, by)).toMatchObject({ state: 'message', message: ofCall(1) });
  await set('maxmemory', '1mb');
  const next = await mailbox.accepted(lane, ofCall(1), { ...by, continues: true });
  expect(next).toMatchObject({ state: 'message', message: ofCall(2) });
});

test('a nearly full Redis refuses new calls first, then new participants, then other changes', async () => {
  const { condition, connection, set } = await start();
  // Large beside the buffers of connections, which come and go.
  await connection.run((client) => client.setRange('ballast', 30_000_000, 'x'));
  const info = await connection.run((client) => client.info('memory'));
  const used = Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
  const at = async (part: number) => {
    await set('maxmemory', String(Math.round(used / part)));
    await condition.look();
    return refused(condition);
  };
  expect(await at(0.7)).toEqual([]);
  expect(await at(0.92)).toEqual(['new call']);
  expect(await at(0.965)).toEqual(['new call', 'new participant']);
  expect(await at(0.99)).toEqual(storeWork);
});

test('a read-only Redis is reported once, with the remedy, and no new call begins', async () => {
  const { condition, connection, told } = await start();
  await condition.check();
  await connection.run((client) => client.sendCommand(['REPLICAOF', '127.0.0.1', '1']));
  await expect(condition.check()).rejects.toMatchObject({ code: 'unavailable' });
  await condition.look();
  await connection.run((client) => client.sendCommand(['REPLICAOF', 'NO', 'ONE']));
  await condition.check();
  expect(told).toEqual([
    expect.stringMatching(/^write failed: this Redis is a read-only replica/),
    'write works again',
  ]);
});

test('a Redis that evicts keys is reported', async () => {
  const { condition, told } = await start('maxmemory-policy allkeys-lru', 'maxmemory 100mb');
  await condition.look();
  expect(condition.evictionPolicy).toBe('allkeys-lru');
  expect(told).toEqual([expect.stringContaining('maxmemory-policy is allkeys-lru: set it to noeviction')]);
});

test.each([
  ['a wrong password', 'redis://:wrong@', ['requirepass right'], 'refuses the user name or the password'],
  ['no password', 'redis://', ['requirepass right'], 'requires a password'],
  ['TLS to a plain port', 'rediss://', [], 'does not speak TLS'],
  ['a database that is not there', 'redis://', ['databases 1'], 'no database with the number'],
])('%s ends the start at once, with the cause', async (_what, url, lines, words) => {
  const [port = 0] = await freePorts(1);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const { spawn } = await import('node:child_process');
  const child = spawn('redis-server', [...args, ...lines.flatMap((line) => `--${line}`.split(' '))], {
    stdio: 'ignore',
  });
  cleanUp.push(() => Promise.resolve(child.kill('SIGKILL')));
  const { connect } = await import('node:net');
  const { waitFor } = await import('../../support/waitFor.ts');
  await waitFor(
    'the port',
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => {
          resolve(false);
        });
      }),
  );
  const database = lines.includes('databases 1') ? '/5' : '';
  let tries = 0;
  const starting = startPatiently(
    async () => {
      tries += 1;
      await RedisConnection.create({ url: `${url}127.0.0.1:${port}${database}` });
    },
    { log: new Logger({ level: 'silent', name: 'test' }) },
  );
  await expect(starting).rejects.toThrow(words);
  expect(tries).toBe(1);
});
