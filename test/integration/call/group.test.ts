/** Groups on a real server with real media: invited in mid-call, gone and back, muted and removed by the host. */
import { expect, test } from '@jest/globals';
import type { Person } from '../../support/participant/person.ts';
import { useServer } from '../../support/processes/useServer.ts';
import { waitFor } from '../../support/waitFor.ts';

const suite = useServer({
  VEILCAST_RING_TIMEOUT_MS: '8000',
  VEILCAST_EMPTY_TIMEOUT_MS: '1500',
  VEILCAST_GROUP_MAX_PARTICIPANTS: '3',
});
const { persons } = suite;

/** Takes a call that rings for them. */
async function comes(person: Person, callId: string): Promise<void> {
  const rings = await person.socket.waitFor('call.incoming', ({ call }) => call.id === callId);
  await person.join(rings.ticket);
  await person.act(callId, 'answer');
}

async function callOf(caller: Person, ...callees: readonly Person[]): Promise<`call_${string}`> {
  const { call, ticket } = await caller.call(callees.map(({ name }) => name));
  await caller.join(ticket);
  for (const callee of callees) await comes(callee, call.id);
  return call.id;
}

const changed = (person: Person, callId: string, type: string, userId: string) =>
  person.socket.waitFor(
    'call.changed',
    ({ call, events }) => call.id === callId && events.some((event) => event.type === type && event.userId === userId),
  );

async function talking(...all: readonly Person[]): Promise<void> {
  const before = all.map(({ packets }) => packets);
  await waitFor('media at everybody', () => all.every(({ packets }, index) => packets > (before[index] ?? 0) + 20));
}

const code = (answer: { readonly body: unknown }): unknown =>
  typeof answer.body === 'object' && answer.body !== null && 'code' in answer.body ? answer.body.code : undefined;

test('a third user is invited into a call of two, and the call outlives each of its members', async () => {
  const [alice, bob, carol] = await persons('alice', 'bob', 'carol');
  if (!alice || !bob || !carol) throw new Error('nobody');
  const callId = await callOf(alice, bob);
  await bob.invite(callId, carol);
  const rings = await carol.socket.waitFor('call.incoming', ({ call }) => call.id === callId);
  expect(rings.call.participants.find(({ userId }) => userId === 'carol')).toMatchObject({ invitedBy: 'bob' });
  await comes(carol, callId);
  await talking(alice, bob, carol);
  expect([...(carol.participant?.receptions.values() ?? [])]).toHaveLength(4);
  await bob.act(callId, 'leave');
  await talking(alice, carol);
  await alice.act(callId, 'leave');
  expect((await carol.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended')).call.reason).toBe('empty');
});

test('an unanswered invitation is missed after its own time, and the limit of participants holds', async () => {
  const [alice, bob, carol, dan] = await persons('alice', 'bob', 'carol', 'dan');
  if (!alice || !bob || !carol || !dan) throw new Error('nobody');
  const callId = await callOf(alice, bob);
  await alice.invite(callId, carol);
  expect(code(await alice.http(`/v1/calls/${callId}/invite`, { userIds: ['dan'], deviceId: alice.deviceId }))).toBe(
    'call_full',
  );
  await changed(bob, callId, 'call.missed', 'carol');
  expect((await bob.read(callId)).phase).toBe('active');
  await alice.invite(callId, dan);
  await comes(dan, callId);
  await talking(alice, bob, dan);
  await alice.act(callId, 'end');
});

test('a participant who left comes back with another device, and a removed one cannot', async () => {
  const [alice, bob, carol, tablet] = await persons('alice', 'bob', 'carol', 'bob');
  if (!alice || !bob || !carol || !tablet) throw new Error('nobody');
  const callId = await callOf(alice, bob, carol);
  await bob.act(callId, 'leave');
  expect((await tablet.read(callId)).phase).toBe('active');
  const { call, ticket } = await tablet.rejoin(callId);
  expect(call.answeredHere).toBe(true);
  await tablet.join(ticket);
  await changed(carol, callId, 'call.rejoined', 'bob');
  await talking(alice, tablet, carol);

  await alice.moderate(callId, 'remove', tablet);
  expect((await tablet.socket.waitFor('session.closed')).why).toBe('left');
  const told = await changed(tablet, callId, 'call.left', 'bob');
  expect(told.call.participants.find(({ userId }) => userId === 'bob')?.reason).toBe('removed');
  expect(code(await tablet.http(`/v1/calls/${callId}/rejoin`, { deviceId: tablet.deviceId }))).toBe('not_allowed');
  await talking(alice, carol);
  await carol.invite(callId, tablet);
  await comes(tablet, callId);
  await talking(alice, carol, tablet);
  await alice.act(callId, 'end');
});

test('the host mutes at the server, the muted participant unmutes, and another becomes host when the host leaves', async () => {
  const [alice, bob, carol] = await persons('alice', 'bob', 'carol');
  if (!alice || !bob || !carol) throw new Error('nobody');
  const callId = await callOf(alice, bob, carol);
  await talking(alice, bob, carol);
  expect(code(await bob.http(`/v1/calls/${callId}/mute`, { userId: 'carol' }))).toBe('not_allowed');
  await alice.moderate(callId, 'mute', bob);
  const muted = await changed(bob, callId, 'call.muted', 'bob');
  expect(muted.events).toMatchObject([{ by: 'alice' }]);
  const paused = await carol.socket.waitFor('subscription.paused', (params) => params.paused);
  const voice = carol.participant?.receptions.get(paused.subscriptionId);
  const before = voice?.packets ?? 0;
  await talking(alice, bob, carol);
  expect((voice?.packets ?? 0) - before).toBeLessThan(20);

  const { participant, sessionId } = bob;
  if (participant === undefined || sessionId === undefined) throw new Error('bob has no session');
  await bob.socket.ask('pause', { sessionId, trackId: participant.trackId('microphone'), paused: false });
  await waitFor('the voice again', () => (voice?.packets ?? 0) > before + 40);

  await alice.act(callId, 'leave');
  await changed(carol, callId, 'call.host_changed', 'bob');
  await bob.moderate(callId, 'remove', carol);
  expect((await carol.socket.waitFor('session.closed')).why).toBe('left');
});
