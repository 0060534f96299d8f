/** Calls that meet each other on a real server: both call at once, a second call with the first on hold, a block. */
import { expect, test } from '@jest/globals';
import type { Person } from '../../support/participant/person.ts';
import { request } from '../../support/participant/person.ts';
import { useServer } from '../../support/processes/useServer.ts';
import { waitFor } from '../../support/waitFor.ts';

const suite = useServer();
const { persons } = suite;

async function talking(caller: Person, callee: Person): Promise<`call_${string}`> {
  const { call, ticket } = await caller.call([callee.name]);
  await caller.join(ticket);
  const rings = await callee.socket.waitFor('call.incoming', (incoming) => incoming.call.id === call.id);
  await callee.join(rings.ticket);
  await callee.act(call.id, 'answer');
  await waitFor('media', () => caller.packets > 10 && callee.packets > 10);
  return call.id;
}

test('two users who call each other at once are always in one call', async () => {
  const [alice, bob] = await persons('alice', 'bob');
  if (alice === undefined || bob === undefined) throw new Error('two people');
  for (let round = 0; round < 20; round += 1) {
    const [mine, theirs] = await Promise.all([alice.call(['bob'], 'audio'), bob.call(['alice'], 'audio')]);
    expect(theirs.call.id).toBe(mine.call.id);
    const { phase, participants } = await alice.read(mine.call.id);
    expect([phase, participants.map(({ state }) => state)]).toEqual(['active', ['joined', 'joined']]);
    expect((await alice.act(mine.call.id, 'leave')).reason).toBe('hangup');
  }
});

test('a call on hold carries no media in either direction, and continues afterwards', async () => {
  const [alice, bob] = await persons('alice', 'bob');
  if (alice === undefined || bob === undefined) throw new Error('two people');
  const callId = await talking(alice, bob);
  await bob.socket.ask('hold', { callId, onHold: true });
  await alice.socket.waitFor('call.changed', ({ events }) => events.some(({ type }) => type === 'call.held'));
  let before = [-1, -1];
  await waitFor('media to stop', async () => {
    const now = [alice.packets, bob.packets];
    const isStill = now.every((count, index) => count === before[index]);
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return isStill;
  });
  await bob.socket.ask('hold', { callId, onHold: false });
  await waitFor('media again', () => alice.packets > (before[0] ?? 0) + 50 && bob.packets > (before[1] ?? 0) + 50);
  await alice.act(callId, 'leave');
});

test('a user in a call is rung, puts it on hold, and talks in the second', async () => {
  const [alice, bob, carol] = await persons('alice', 'bob', 'carol');
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three people');
  const first = await talking(alice, bob);
  const { call } = await carol.call(['bob'], 'audio');
  await bob.socket.waitFor('call.incoming', (incoming) => incoming.call.id === call.id);
  await bob.socket.ask('hold', { callId: first, onHold: true });
  await bob.act(call.id, 'answer');
  expect((await carol.read(call.id)).phase).toBe('active');
  expect((await alice.read(first)).participants).toMatchObject([{ userId: 'alice' }, { userId: 'bob', onHold: true }]);
  await carol.act(call.id, 'leave');
  await bob.socket.ask('hold', { callId: first, onHold: false });
  await alice.act(first, 'leave');
});

test('a block during a call ends it: the sessions close, and it looks like hanging up', async () => {
  const [alice, bob] = await persons('alice', 'bob');
  if (alice === undefined || bob === undefined) throw new Error('two people');
  const callId = await talking(alice, bob);
  const options = { method: 'PUT', credential: suite.server.apiKey };
  await request(`${suite.server.url}/v1/users/bob/relations/blocks/alice`, options);
  const over = await alice.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended');
  expect(over.call.reason).toBe('hangup');
  await alice.socket.waitFor('session.closed', ({ why }) => why === 'call_ended');
  await request(`${suite.server.url}/v1/users/bob/relations/blocks/alice`, { ...options, method: 'DELETE' });
});
