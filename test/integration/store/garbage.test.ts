/** Values that cannot be read, in every kind of key: each harms itself alone, is counted and told, and all else continues. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataInventory } from '../../../src/adapters/redis/schema/dataInventory.ts';
import type { StoredKey } from '../../../src/adapters/redis/schema/dataInventory.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { historyPage } from '../../../src/protocol/http/history.ts';
import { callPage } from '../../../src/protocol/http/http.ts';
import { Person, request } from '../../support/participant/person.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';
import { created, newNames } from '../../contract/call/callStore.contract.ts';

const prefix = 'garbage';
const keys = redisKeys(prefix);
/** Which program may use the store: who cannot read that stops, and tests of the schema show it. */
const ofTheStore = new Set(['schema', 'schema:lease', 'installation']);

let redis: TestRedis;
let server: ServerProcess;
let hooks: WebhookReceiver;
let connection: RedisConnection;
let store: RedisCallStore;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix: prefix,
    readyWithinMs: 120_000,
    // A busy machine would refuse calls by itself.
    environment: { VEILCAST_FULL_LOAD_PERCENT: '100', VEILCAST_MEDIA_WORKERS: '1' },
  });
  hooks = await WebhookReceiver.start();
  connection = await RedisConnection.create({ url: redis.url });
  store = new RedisCallStore({ connection, keys, endedCallTtlMs: 60_000 });
  for (const name of ['victim', 'other']) await (await Person.create(server, name)).close();
  [alice, bob] = [await Person.create(server, 'alice'), await Person.create(server, 'bob')];
}, 180_000);
afterAll(async () => {
  for (const person of [alice, bob]) await person.close();
  cleanUpParticipants();
  await connection.close();
  await server.stop();
  await hooks.stop();
  await redis.stop();
});

const texts = {
  'is no JSON': '{"id":',
  'is JSON of another shape': '{"of":["another","shape"]}',
  'comes from a newer version':
    '{"version":99,"phase":"holographic","kind":"teleport","type":"call.teleported","state":{"id":1}}',
} as const;
type Garbage = keyof typeof texts | 'is of another type of Redis';

interface Victims {
  readonly call: CallId;
  readonly node: string;
  readonly endpoint: string;
}

function concrete(key: string, { call, node, endpoint }: Victims): readonly string[] {
  const names: Readonly<Record<string, string>> = {
    call,
    node,
    endpoint,
    user: 'victim',
    relation: 'blocks',
    process: 'broken',
    hash: 'broken',
    key: 'broken',
    ticket: 'tic_0123456789012345678901',
  };
  const phases = key.includes('{phase}') ? ['ringing', 'active'] : [''];
  return phases.map((phase) => `{${prefix}}:${key.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? phase)}`);
}

async function plant(garbage: Garbage, { key: pattern, type }: StoredKey, key: string): Promise<void> {
  await connection.run(async (client) => {
    if (garbage === 'is of another type of Redis') {
      await client.del(key);
      await (type === 'string' ? client.rPush(key, 'x') : client.set(key, 'x'));
      return;
    }
    const text = texts[garbage];
    switch (type) {
      case 'string':
        return client.set(key, text);
      case 'list':
        return client.rPush(key, text);
      case 'set':
        return client.sAdd(key, text);
      case 'zset':
        return client.zAdd(key, { score: 0, value: text });
      case 'stream':
        return client.xAdd(key, '*', { call: text, events: text, effects: text, change: text });
      case 'hash': {
        // Of what is one's own all is broken; of what all share, one field.
        const fields = pattern.includes('{') ? ['state', ...(await client.hKeys(key))] : ['broken'];
        for (const field of fields) await client.hSet(key, field, text);
        return;
      }
    }
  });
}

async function register(): Promise<string> {
  const answer = await request(`${server.url}/v1/webhook-endpoints`, {
    method: 'POST',
    credential: server.apiKey,
    body: { url: hooks.url },
  });
  expect(answer.status).toBe(201);
  return /whk_\w+|"id":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1] ?? '';
}

async function called(): Promise<CallId> {
  const { call, ticket } = await alice.call(['bob'], 'audio');
  await alice.join(ticket);
  const { ticket: theirs } = await bob.socket.waitFor('call.incoming', (one) => one.call.id === call.id);
  await bob.join(theirs);
  await bob.act(call.id, 'answer');
  return call.id;
}

test.each<Garbage>([
  'is no JSON',
  'is JSON of another shape',
  'comes from a newer version',
  'is of another type of Redis',
])(
  'when something in every kind of key %s, calls, lists, webhooks, records and failovers still work',
  async (garbage) => {
    const endpoint = await register();
    const names = newNames();
    await store.save(created({ ...names, caller: 'victim', callee: 'other' }));
    const victims = { call: names.callId, node: names.nodeId, endpoint };
    const before = await called();

    for (const one of Object.values(dataInventory).flat()) {
      if (ofTheStore.has(one.key)) continue;
      for (const key of concrete(one.key, victims)) await plant(garbage, one, key);
    }
    // What was lost with its key the app puts back.
    if (garbage === 'is of another type of Redis') await register();

    // A node that died, with a call of its own.
    const orphan = newNames();
    const dead = { nodeId: orphan.nodeId, region: '', beat: 1, load: 0, calls: 1, sessions: 0, draining: false };
    await waitFor('an orphan', async () => {
      const saved = await store.save(created(orphan)).catch(() => 'not yet');
      return saved === 'saved' || saved === 'stale';
    });
    await connection.run((client) => client.hSet(keys.nodeStatuses, dead.nodeId, JSON.stringify(dead)));

    await bob.act(before, 'leave');
    const callId = await called();
    const listed = await request(`${server.url}/v1/calls?limit=100`, { credential: server.apiKey });
    expect(callPage.parse(listed.body).calls.map(({ id }) => id)).toContain(callId);
    expect((await request(`${server.url}/v1/users`, { credential: server.apiKey })).status).toBe(200);
    await bob.socket.ask('leave', { callId });
    await alice.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended');
    await waitFor('its webhooks', () => hooks.of(callId).some(({ type }) => type === 'call.ended'), {
      withinMs: 30_000,
    });
    await waitFor('its record', async () => {
      const { body } = await request(`${server.url}/v1/me/calls`, { credential: alice.token });
      return historyPage.parse(body).calls.some((one) => one.callId === callId);
    });
    await waitFor(
      'the orphan to be taken',
      async () => {
        const call = await store.load(orphan.callId);
        return call !== undefined && (call.phase === 'ended' || call.nodeId !== orphan.nodeId);
      },
      { withinMs: 20_000 },
    );
    expect(server.logs()).toContain('cannot be read');
    expect((await fetch(`${server.adminUrl}/readyz`)).status).toBe(200);
    expect(server.ended()).toBeUndefined();
  },
  90_000,
);
