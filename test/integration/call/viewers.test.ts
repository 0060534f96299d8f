/** An audience on a real server with real media: let in by ticket, seen by nobody, and gone without a trace. */
import { expect, test } from '@jest/globals';
import type { Person } from '../../support/participant/person.ts';
import { useServer } from '../../support/processes/useServer.ts';
import { waitFor } from '../../support/waitFor.ts';

const suite = useServer();
const { persons } = suite;

async function receiving(...all: readonly Person[]): Promise<void> {
  const before = all.map(({ packets }) => packets);
  await waitFor('media at everybody', () => all.every(({ packets }, index) => packets > (before[index] ?? 0) + 20));
}

test('viewers see the call while it is active, are invisible to participants, and lose it when it ends', async () => {
  const [alice, bob, vera, walt] = await persons('alice', 'bob', 'vera', 'walt');
  if (!alice || !bob || !vera || !walt) throw new Error('nobody came');
  const { call, ticket } = await alice.call(['bob']);
  await alice.join(ticket);
  await vera.watch(call.id);
  const rings = await bob.socket.waitFor('call.incoming');
  await bob.join(rings.ticket);
  await bob.act(call.id, 'answer');
  await receiving(alice, bob, vera);
  await walt.watch(call.id);
  await receiving(walt);
  expect(vera.participant?.receptions.size).toBe(4);
  const { version, participants } = { version: (await alice.read(call.id)).lastEvent, ...(await alice.read(call.id)) };
  expect(participants.map(({ userId }) => userId)).toEqual(['alice', 'bob']);

  // Back on the same device, gone with the socket: the call has not moved.
  await walt.watch(call.id);
  await walt.socket.close();
  await receiving(alice, bob, vera);
  expect((await alice.read(call.id)).lastEvent).toBe(version);
  for (const { socket } of [alice, bob]) expect(socket.frames.join()).not.toMatch(/vera|walt/);
  expect(vera.socket.heard.filter(({ method }) => method.startsWith('call.'))).toEqual([]);
  const sessionId = vera.sessionId;
  if (sessionId === undefined) throw new Error('the viewer has no session');
  expect(await vera.socket.refusal('resume', { callId: call.id, sessionId })).toBe('session_not_found');
  expect(await vera.socket.refusal('events', { callId: call.id, after: 0 })).toBe('call_not_found');

  await alice.act(call.id, 'leave');
  await vera.socket.waitFor('session.closed', ({ why }) => why === 'call_ended');
  await expect(vera.watch(call.id)).rejects.toThrow();
});
