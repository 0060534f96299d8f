/** Redis is killed during calls and comes back, with its data or without: nobody in a call notices, and nothing happens twice. */
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});
afterAll(() => {
  cleanUpParticipants();
});

const redisPrefix = 'loss';
/** Media that pauses for so long was stopped; a busy machine may hold a media worker up for less. */
const mediaGapMs = 5_000;
const tickMs = 20;

async function stage(persistent: boolean, environment: Record<string, string> = {}) {
  const redis = await TestRedis.start({ persistent });
  cleanUp.push(() => redis.stop());
  const server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    // Nobody who rings may be missed while Redis is away, however slow the machine.
    environment: { VEILCAST_MEDIA_WORKERS: '1', VEILCAST_RING_TIMEOUT_MS: '120000', ...environment },
  });
  cleanUp.push(() => server.stop());
  const hooks = await WebhookReceiver.start();
  cleanUp.push(() => hooks.stop());
  await register(server, hooks);
  const people: Person[] = [];
  for (const name of ['alice', 'bob', 'carol', 'dave']) people.push(await Person.create(server, name));
  const [alice, bob, carol, dave] = people;
  if (!alice || !bob || !carol || !dave) throw new Error('four people');
  cleanUp.push(() => Promise.all(people.map((person) => person.close())));
  return { redis, server, hooks, alice, bob, carol, dave };
}

async function register(server: ServerProcess, { url }: WebhookReceiver): Promise<void> {
  const options = { method: 'POST', credential: server.apiKey, body: { url } };
  expect((await request(`${server.url}/v1/webhook-endpoints`, options)).status).toBe(201);
}

async function talk(alice: Person, bob: Person): Promise<CallId> {
  const { call, ticket } = await alice.call([bob.name]);
  await alice.join(ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  await bob.act(call.id, 'answer');
  await waitFor('media', () => alice.packets > 10 && bob.packets > 10);
  await waitFor('both to be present', async () =>
    (await alice.read(call.id)).participants.every((one) => one.state === 'joined' && one.presence === 'connected'),
  );
  return call.id;
}

/** Longest time without a packet, from now on; what holds up this process itself is not counted. */
function watchGaps(person: Person): () => number {
  let [longest, quiet, seen] = [0, 0, person.packets];
  const timer = setInterval(() => {
    quiet = person.packets > seen ? 0 : quiet + 1;
    seen = person.packets;
    longest = Math.max(longest, quiet);
  }, tickMs);
  cleanUp.push(() => {
    clearInterval(timer);
    return Promise.resolve();
  });
  return () => longest * tickMs;
}

/** What an app does that finds Redis empty: it puts its users and their relations back. */
async function putUsersBack(server: ServerProcess, people: readonly Person[]): Promise<void> {
  for (const { name, token } of people) {
    const put = { method: 'PUT', credential: server.apiKey, body: { name } };
    expect((await request(`${server.url}/v1/users/${name}`, put)).status).toBeLessThan(300);
    const body = { callingOn: true, audiences: ['everyone'], groupAudiences: ['everyone'] };
    const settings = { method: 'PATCH', credential: token, body };
    expect((await request(`${server.url}/v1/me/settings`, settings)).status).toBe(200);
  }
  const changes = people.flatMap((from) =>
    people.filter((to) => to !== from).map((to) => ({ from: from.name, kind: 'wrote_to', to: to.name, holds: true })),
  );
  const relations = { method: 'POST', credential: server.apiKey, body: { changes } };
  expect((await request(`${server.url}/v1/relations`, relations)).status).toBeLessThan(300);
}

const told = ({ socket }: Person, method: string) => socket.heard.filter((one) => one.method === method).length;

const seconds = [2, 10];
test.each([
  ...seconds.map((down) => ({ down, kept: true, environment: {} })),
  ...seconds.map((down) => ({ down, kept: false, environment: {} })),
  // An ended call is forgotten at once here: what is missing is known for lost by the life of Redis alone.
  { down: 2, kept: false, environment: { VEILCAST_ENDED_CALL_TTL_MS: '500' } },
])(
  'Redis is killed for $down s, its data kept: $kept $environment',
  async ({ down, kept, environment }) => {
    const { redis, server, hooks, alice, bob, carol, dave } = await stage(kept, environment);
    const people = [alice, bob, carol, dave];
    const callId = await talk(alice, bob);
    const rung = await carol.call([dave.name], 'audio');
    await carol.join(rung.ticket);
    const ringing = rung.call.id;
    await dave.socket.waitFor('call.incoming');
    await waitFor('the webhooks', () => hooks.of(callId).length >= 3 && hooks.of(ringing).length >= 2);
    const look = await RedisConnection.create({ url: redis.url });
    cleanUp.push(() => look.close());
    const store = new RedisCallStore({ connection: look, keys: redisKeys(redisPrefix), endedCallTtlMs: 60_000 });
    const ids = [callId, ringing] as const;
    const state = async () => {
      const calls = await Promise.all(ids.map((id) => store.load(id)));
      const events = await Promise.all(ids.map((id) => store.eventsAfter(id, 0)));
      const live = await Promise.all(people.map(({ name }) => store.liveCallsOf(name)));
      const counts = await store.countByPhase();
      const on = await store.callsOn(calls[0]?.nodeId ?? 'node_none');
      return JSON.stringify({ calls, events, live, counts, on: [...on.callIds].sort() });
    };
    const before = await waitFor('a state that stays as it is', async () => {
      const first = await state();
      await wait(500);
      return (await state()) === first ? first : undefined;
    });
    const hooksBefore = hooks.received.length;
    const gaps = [alice, bob].map(watchGaps);

    await redis.kill();
    const killedAt = performance.now();
    await waitFor('new calls to be refused', async () => {
      const answer = await alice.http('/v1/calls', { callees: ['dave'], media: 'audio', deviceId: alice.deviceId });
      return answer.status === 503 && JSON.stringify(answer.body).includes('unavailable');
    });
    const heard = [alice, bob].map(({ packets }) => packets);
    const all = () => [alice, bob].every(({ packets }, index) => packets > (heard[index] ?? 0) + 50);
    await waitFor('media without Redis', all);
    await wait(Math.max(0, down * 1000 - (performance.now() - killedAt)));
    await redis.restart();
    const backAt = performance.now();
    await waitFor('Redis to hold what the node holds', async () => (await state().catch(() => '')) === before);
    const truthAfterMs = performance.now() - backAt;
    // Long enough for whatever would be done twice.
    await wait(6_000);
    expect(await state()).toBe(before);
    const longest = Math.max(...gaps.map((gap) => gap()));
    console.log(
      JSON.stringify({ down, kept, truthAfterMs: Math.round(truthAfterMs), mediaGapMs: Math.round(longest) }),
    );
    expect(longest).toBeLessThan(mediaGapMs);
    expect(people.map((person) => told(person, 'call.incoming'))).toEqual([0, 1, 0, 1]);
    expect(hooks.received.length).toBe(hooksBefore);

    if (!kept) {
      await putUsersBack(server, people);
      await register(server, hooks);
    }
    await dave.act(ringing, 'decline');
    expect((await carol.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended')).call.reason).toBe(
      'declined',
    );
    await bob.socket.ask('leave', { callId });
    const over = await alice.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended');
    expect(over.call.reason).toBe('hangup');

    const second = await talk(bob, alice);
    await alice.act(second, 'leave');
    await waitFor('the webhooks of all endings', () =>
      [...ids, second].every((id) => hooks.of(id).some(({ type }) => type === 'call.ended')),
    );
    const numbered = hooks.received.map(({ callId: id, seq }) => `${id} ${seq}`);
    expect(numbered).toEqual([...new Set(numbered)]);
    for (const person of people) {
      const events = person.socket.heard.flatMap(({ method, params }) =>
        method === 'call.changed' ? eventsIn(params) : [],
      );
      expect(events).toEqual([...new Set(events)]);
    }
  },
  180_000,
);

function eventsIn(params: unknown): readonly string[] {
  const found = JSON.stringify(params).matchAll(/"callId":"(call_[\w-]+)","seq":(\d+)/g);
  return [...found].map(([, id = '', seq = '']) => `${id} ${seq}`);
}
