/** Several nodes over one Redis: any of them takes any client, and media goes to the one that owns the broadcast. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { admittedCall } from '../../../src/protocol/shared/calls.ts';
import type { AdmittedCall } from '../../../src/protocol/shared/calls.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
let nodes: readonly [ServerProcess, ServerProcess, ServerProcess];
let people: Person[] = [];
const reconnectGraceMs = 6_000;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = (environment = {}) =>
    startServerProcess({
      redisUrl: redis.url,
      environment: {
        VEILCAST_MEDIA_WORKERS: '1',
        VEILCAST_MEDIA_REQUEST_TIMEOUT_MS: '20000',
        VEILCAST_RECONNECT_GRACE_MS: String(reconnectGraceMs),
        ...environment,
      },
    });
  nodes = [await start(), await start(), await start({ VEILCAST_PIPE_ADDRESS: '127.0.0.1' })];
}, 100_000);
afterEach(async () => {
  await Promise.all(people.map((person) => person.close()));
  people = [];
});
afterAll(async () => {
  cleanUpParticipants();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

async function at(node: ServerProcess, name: string): Promise<Person> {
  const person = await Person.create(node, name);
  people.push(person);
  return person;
}

/** A call made at a node of which neither need be a client. */
async function callAt(node: ServerProcess, caller: Person, ...callees: readonly Person[]): Promise<AdmittedCall> {
  const body = { callees: callees.map(({ name }) => name), media: 'video', deviceId: caller.deviceId };
  const answer = await request(`${node.url}/v1/calls`, { method: 'POST', credential: caller.token, body });
  return admittedCall.parse(answer.body);
}

async function warm(node: ServerProcess, caller: Person, ...callees: readonly Person[]) {
  const { call, ticket } = await callAt(node, caller, ...callees);
  await caller.join(ticket);
  for (const callee of callees) {
    await callee.join((await callee.socket.waitFor('call.incoming', (params) => params.call.id === call.id)).ticket);
  }
  return call.id;
}

async function talking(...all: readonly Person[]): Promise<void> {
  const before = all.map(({ packets }) => packets);
  await waitFor('media at everybody', () => all.every(({ packets }, index) => packets > (before[index] ?? 0) + 20));
}

const connected = (person: Person, callId: string) =>
  waitFor('everybody to be connected', async () => {
    const { participants } = await person.read(callId);
    return participants.every(({ presence }) => presence === 'connected');
  });

/** The ports that media of a person goes to. */
const mediaPorts = (person: Person) => new Set(person.participant?.candidates.map(({ port }) => port));

describe('a call of two whose clients are on two nodes', () => {
  test.each([
    ['the caller’s', 0],
    ['the callee’s', 1],
    ['a third', 2],
  ] as const)('owned by %s node: it rings, is answered, and media flows both ways', async (_, index) => {
    const owner = nodes[index];
    const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob')];
    const callId = await warm(owner, alice, bob);
    expect([mediaPorts(alice), mediaPorts(bob)]).toEqual([mediaPorts(bob), mediaPorts(alice)]);
    await bob.socket.ask('answer', { callId });
    await talking(alice, bob);
    await connected(alice, callId);
    await bob.act(callId, 'leave');
    const over = await alice.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended');
    expect(over.call.reason).toBe('hangup');
    const closed = await Promise.all([alice, bob].map((one) => one.socket.waitFor('session.closed')));
    expect(closed.map(({ why }) => why)).toEqual(['call_ended', 'call_ended']);
  });
});

test('mute, pause, hold, new paths and the end of a track reach the node that owns the broadcast', async () => {
  const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob')];
  const callId = await warm(nodes[0], alice, bob);
  await bob.socket.ask('answer', { callId });
  await talking(alice, bob);
  const { participant, sessionId } = bob;
  if (participant === undefined || sessionId === undefined) throw new Error('bob has no session');

  await bob.socket.ask('pause', { sessionId, trackId: participant.trackId('camera'), paused: true });
  await alice.socket.waitFor('subscription.paused', ({ paused }) => paused);
  await bob.socket.ask('pause', { sessionId, trackId: participant.trackId('camera'), paused: false });
  await alice.socket.waitFor('subscription.paused', ({ paused }) => !paused);

  const { iceParameters } = await bob.socket.ask('restartIce', { sessionId, direction: 'send' });
  expect(iceParameters.usernameFragment).not.toBe('');
  const [received] = participant.receptions.keys();
  if (received === undefined) throw new Error('bob receives nothing');
  await bob.socket.ask('prefer', { sessionId, subscriptionId: received, spatialLayer: 0 });

  await alice.socket.ask('hold', { callId, onHold: true });
  await waitFor('nothing to come any more', async () => {
    const before = bob.packets;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return bob.packets === before;
  });
  await alice.socket.ask('hold', { callId, onHold: false });
  await talking(alice, bob);

  await bob.socket.ask('unpublish', { sessionId, trackIds: [participant.trackId('camera')] });
  await alice.socket.waitFor('subscription.removed');
  expect(await bob.socket.refusal('unpublish', { sessionId, trackIds: [participant.trackId('camera')] })).toBe(
    'track_not_found',
  );
  await alice.act(callId, 'end');
});

test('in a group on three nodes everybody hears everybody, the host mutes and removes, and one leaves and comes back', async () => {
  const [alice, bob, carol] = await Promise.all([at(nodes[0], 'alice'), at(nodes[1], 'bob'), at(nodes[2], 'carol')]);
  const callId = await warm(nodes[0], alice, bob, carol);
  for (const callee of [bob, carol]) await callee.act(callId, 'answer');
  await talking(alice, bob, carol);
  await connected(alice, callId);
  await alice.moderate(callId, 'mute', bob);
  await carol.socket.waitFor('subscription.paused', ({ paused }) => paused);
  await bob.act(callId, 'leave');
  expect((await bob.socket.waitFor('session.closed')).why).toBe('left');
  await talking(alice, carol);
  await bob.join((await bob.rejoin(callId)).ticket);
  await talking(alice, bob, carol);
  await alice.moderate(callId, 'remove', carol);
  expect((await carol.socket.waitFor('session.closed')).why).toBe('left');
  await talking(alice, bob);
  await alice.act(callId, 'end');
});

test('a viewer on a node with pipes watches a call of a node without pipes', async () => {
  const [alice, bob, vera] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob'), await at(nodes[2], 'vera')];
  const callId = await warm(nodes[0], alice, bob);
  await bob.socket.ask('answer', { callId });
  await vera.watch(callId);
  await talking(alice, bob, vera);
  expect(mediaPorts(vera)).toEqual(mediaPorts(alice));
  await alice.act(callId, 'end');
  expect((await vera.socket.waitFor('session.closed')).why).toBe('call_ended');
});

test('a session continues without a socket and is resumed through other nodes, its owner included', async () => {
  const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob')];
  const callId = await warm(nodes[0], alice, bob);
  await bob.socket.ask('answer', { callId });
  await talking(alice, bob);
  for (const node of [nodes[2], nodes[0], nodes[1], nodes[1]]) {
    await bob.socket.close();
    await alice.socket.waitFor('call.changed', ({ call }) =>
      call.participants.some(({ presence }) => presence === 'lost'),
    );
    await talking(alice, bob);
    await bob.reconnect(node);
    const { sessionId } = bob;
    if (sessionId === undefined) throw new Error('bob has no session');
    const resumed = await bob.socket.ask('resume', { callId, sessionId });
    expect(resumed.call.call.participants.map(({ presence }) => presence)).toEqual(['connected', 'connected']);
    expect(resumed.subscriptions).toHaveLength(2);
    // What happens from now on is told on the new socket.
    const trackId = alice.participant?.trackId('microphone') ?? '';
    for (const paused of [true, false]) {
      await alice.socket.ask('pause', { sessionId: alice.sessionId ?? sessionId, trackId, paused });
      await bob.socket.waitFor('subscription.paused', (params) => params.paused === paused);
    }
    alice.socket.heard.length = 0;
  }
  await new Promise((resolve) => setTimeout(resolve, reconnectGraceMs + 500));
  await talking(alice, bob);
  await alice.act(callId, 'end');
});

test('a socket that moves to another node while the old one is open does not make its device lost', async () => {
  const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob')];
  const callId = await warm(nodes[0], alice, bob);
  await bob.socket.ask('answer', { callId });
  await connected(alice, callId);
  const old = bob.socket;
  await bob.reconnect(nodes[2]);
  const { sessionId } = bob;
  if (sessionId === undefined) throw new Error('bob has no session');
  await Promise.all([bob.socket.ask('resume', { callId, sessionId }), old.close()]);
  await new Promise((resolve) => setTimeout(resolve, reconnectGraceMs + 500));
  await connected(alice, callId);
  await talking(alice, bob);
  await alice.act(callId, 'end');
});

test('nobody can resume the session of another, on any node', async () => {
  const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[1], 'bob')];
  const callId = await warm(nodes[0], alice, bob);
  const mallory = await at(nodes[2], 'mallory');
  for (const sessionId of [alice.sessionId, bob.sessionId]) {
    expect(await mallory.socket.refusal('resume', { callId, sessionId })).toBe('session_not_found');
    expect(await mallory.socket.refusal('leaveSession', { sessionId })).toBe('session_not_found');
  }
  expect(await bob.socket.refusal('resume', { callId, sessionId: alice.sessionId })).toBe('session_not_found');
  await alice.act(callId, 'cancel');
});
