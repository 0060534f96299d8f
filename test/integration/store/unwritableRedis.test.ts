/** Redis is full or read-only during calls: whoever wants to go can go, what time ends it ends, and all is written later. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { historyPage } from '../../../src/protocol/http/history.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { RedisServer } from '../../support/redis/redisServer.ts';
import { SocketClient } from '../../support/socketClient.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';

const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'gina', 'hank', 'ivan', 'judy'] as const;
type Name = (typeof names)[number];

let folder: string;
let redis: RedisServer;
let server: ServerProcess;
let hooks: WebhookReceiver;
let people: ReadonlyMap<string, Person>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-full-'));
  const [port = 0] = await freePorts(1);
  redis = await RedisServer.start({ port, lines: ['save 3600 1000000', 'enable-protected-configs yes'] });
  server = await startServerProcess({
    redisUrl: `redis://127.0.0.1:${port}`,
    environment: {
      VEILCAST_RING_TIMEOUT_MS: '12000',
      VEILCAST_RECONNECT_GRACE_MS: '5000',
      VEILCAST_MEDIA_WORKERS: '1',
    },
  });
  hooks = await WebhookReceiver.start();
  const body = { url: hooks.url };
  await request(`${server.url}/v1/webhook-endpoints`, { method: 'POST', credential: server.apiKey, body });
  const made = new Map<string, Person>();
  for (const name of names) made.set(name, await Person.create(server, name));
  people = made;
}, 240_000);
afterAll(async () => {
  for (const person of people.values()) await person.close();
  cleanUpParticipants();
  await server.stop();
  await hooks.stop();
  await redis.stop();
  await rm(folder, { recursive: true });
}, 120_000);

function person(name: Name): Person {
  const found = people.get(name);
  if (found === undefined) throw new Error(`nobody is ${name}`);
  return found;
}

const say = (...command: string[]) => redis.asked((client) => client.sendCommand(command));

const snapshots = () => redis.asked((client) => client.info('persistence'));

const isReady = async () => (await fetch(`${server.adminUrl}/readyz`)).ok;

interface Fault {
  readonly what: string;
  readonly code: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}
const faults: readonly Fault[] = [
  {
    what: 'is full',
    code: 'overloaded',
    begin: () => say('CONFIG', 'SET', 'maxmemory', '1mb'),
    end: () => say('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    what: 'is a read-only replica',
    code: 'unavailable',
    begin: () => say('REPLICAOF', '127.0.0.1', '1'),
    end: () => say('REPLICAOF', 'NO', 'ONE'),
  },
  {
    what: 'has too few replicas',
    code: 'unavailable',
    begin: () => say('CONFIG', 'SET', 'min-replicas-to-write', '1'),
    end: () => say('CONFIG', 'SET', 'min-replicas-to-write', '0'),
  },
  {
    what: 'cannot write to its disk',
    code: 'unavailable',
    begin: async () => {
      await say('CONFIG', 'SET', 'dir', '/proc');
      await say('BGSAVE');
      await waitFor('the snapshot to fail', async () => (await snapshots()).includes('rdb_last_bgsave_status:err'));
    },
    end: async () => {
      await say('CONFIG', 'SET', 'dir', folder);
      await say('BGSAVE');
      await waitFor('a snapshot', async () => (await snapshots()).includes('rdb_last_bgsave_status:ok'));
    },
  },
];

/** In a call with media, and known to be there. */
async function talk(caller: Person, callee: Person): Promise<CallId> {
  const { call, ticket } = await caller.call([callee.name], 'audio');
  await caller.join(ticket);
  const { ticket: theirs } = await callee.socket.waitFor('call.incoming', (one) => one.call.id === call.id);
  await callee.join(theirs);
  await callee.act(call.id, 'answer');
  await waitFor('both to be present', async () =>
    (await caller.read(call.id)).participants.every((one) => one.state === 'joined' && one.presence === 'connected'),
  );
  return call.id;
}

async function ring(caller: Person, callee: Person): Promise<CallId> {
  const { call, ticket } = await caller.call([callee.name], 'audio');
  await caller.join(ticket, { publishing: false });
  await callee.socket.waitFor('call.incoming', (one) => one.call.id === call.id);
  return call.id;
}

const ended = z.object({
  call: z.object({ id: z.string(), reason: z.string().optional() }),
  events: z.array(z.object({ type: z.string() })),
});

/** What this one's socket has heard of the end of a call: the reason, each time that it was told. */
function endsHeard({ socket }: Person, callId: CallId): readonly string[] {
  return socket.heard.flatMap(({ method, params }) => {
    if (method !== 'call.changed') return [];
    const { call, events } = ended.parse(params);
    return call.id === callId && events.some(({ type }) => type === 'call.ended') ? [String(call.reason)] : [];
  });
}

test.each(faults)(
  'while Redis $what everybody can leave, nobody can call, and everything is written once when there is room',
  async ({ begin, end, code }) => {
    const left = await talk(person('alice'), person('bob'));
    const lost = await talk(person('gina'), person('hank'));
    const missed = await ring(person('erin'), person('frank'));
    const declined = await ring(person('carol'), person('dave'));
    const cancelled = await ring(person('ivan'), person('judy'));
    const reasons = new Map([
      [left, ['hangup', 'alice', 'bob']],
      [declined, ['declined', 'carol', 'dave']],
      [cancelled, ['cancelled', 'ivan', 'judy']],
      [missed, ['missed', 'erin', 'frank']],
      [lost, ['connection_lost', 'gina']],
    ] as const);

    await begin();
    await waitFor('the node to be unready', async () => !(await isReady()));
    await person('bob').socket.ask('leave', { callId: left });
    expect((await person('dave').act(declined, 'decline')).phase).toBe('ended');
    expect((await person('ivan').act(cancelled, 'cancel')).phase).toBe('ended');
    await person('hank').close();
    for (const [callId, [reason, ...who]] of reasons) {
      for (const name of who) {
        const over = await person(name).socket.waitFor(
          'call.changed',
          ({ call }) => call.id === callId && call.phase === 'ended',
          { withinMs: 40_000 },
        );
        expect(over.call.reason).toBe(reason);
        expect((await person(name).read(callId)).phase).toBe('ended');
      }
    }
    const call = { callees: ['bob'], media: 'audio', deviceId: person('alice').deviceId };
    const refused = await person('alice').http('/v1/calls', call);
    expect(refused).toMatchObject({ status: 503, body: { code } });
    // The answer to hello lists no call that is over.
    const { token, deviceId } = person('hank');
    const again = await SocketClient.open(server.url);
    expect((await again.ask('hello', { token, deviceId })).calls).toEqual([]);
    await again.close();

    await end();
    await waitFor('the node to be ready', isReady);
    await person('hank').reconnect();
    const all = [...reasons.keys()];
    await waitFor('all webhooks', () => all.every((id) => hooks.of(id).some(({ type }) => type === 'call.ended')), {
      withinMs: 30_000,
    });
    for (const [callId, [reason, ...who]] of reasons) {
      for (const name of who) {
        const credential = person(name).token;
        const entry = await waitFor('the record', async () => {
          const { body } = await request(`${server.url}/v1/me/calls`, { credential });
          return historyPage.parse(body).calls.find((one) => one.callId === callId);
        });
        expect(entry.reason).toBe(reason);
        expect(endsHeard(person(name), callId)).toEqual([reason]);
      }
    }
    const numbered = hooks.accepted.map(({ callId: id, seq }) => `${id} ${seq}`);
    expect(numbered).toEqual([...new Set(numbered)]);
    const next = await talk(person('bob'), person('alice'));
    await person('alice').act(next, 'leave');
    await waitFor('the next call to be told of', () => hooks.of(next).some(({ type }) => type === 'call.ended'));
    expect(server.ended()).toBeUndefined();
  },
  240_000,
);
