/** What happens at the same moment. */
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { closeCodes } from '../../../src/protocol/socket/closeCodes.ts';
import type { Person } from '../../support/participant/person.ts';
import { useServer } from '../../support/processes/useServer.ts';

const reconnectGraceMs = 5_000;

const suite = useServer({
  VEILCAST_RECONNECT_GRACE_MS: String(reconnectGraceMs),
  VEILCAST_RING_TIMEOUT_MS: '10000',
});
const { person } = suite;

async function pair(): Promise<{ alice: Person; bob: Person; callId: `call_${string}` }> {
  const [alice, bob] = [await person('alice'), await person('bob')];
  const { call, ticket } = await alice.call(['bob']);
  await alice.join(ticket);
  const incoming = await bob.socket.waitFor('call.incoming', (params) => params.call.id === call.id);
  await bob.join(incoming.ticket);
  return { alice, bob, callId: call.id };
}

const endedAt = (person: Person, callId: string) =>
  person.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended');

test('an answer whose socket dies at that moment leaves no ghost', async () => {
  const { alice, bob, callId } = await pair();
  bob.socket.try('answer', { callId }).catch(() => undefined);
  bob.socket.socket.close();
  expect((await endedAt(alice, callId)).call.reason).toMatch(/connection_lost|missed/);
});

test('a resume while the old socket dies keeps the call', async () => {
  const { alice, bob, callId } = await pair();
  await bob.act(callId, 'answer');
  for (let round = 0; round < 10; round += 1) {
    const old = bob.socket;
    await bob.reconnect();
    const { sessionId } = bob;
    if (sessionId === undefined) throw new Error('bob has no session');
    await Promise.all([bob.socket.ask('resume', { callId, sessionId }), old.close()]);
  }
  await new Promise((resolve) => setTimeout(resolve, reconnectGraceMs + 500));
  const { phase, participants } = await alice.read(callId);
  expect([phase, ...participants.map(({ presence }) => presence)]).toEqual(['active', 'connected', 'connected']);
  await alice.act(callId, 'end');
});

test('a device that says hello again uses only its newest socket', async () => {
  const alice = await person('alice');
  const old = alice.socket.socket;
  const closed = once(old, 'close');
  await alice.reconnect();
  expect((await closed)[0]).toBe(closeCodes.replaced);
  expect(alice.socket.isOpen).toBe(true);
});

test('a refused join leaves the existing session unchanged', async () => {
  const { alice, bob, callId } = await pair();
  await bob.act(callId, 'answer');
  const incoming = await bob.socket.waitFor('call.incoming', ({ call }) => call.id === callId);
  const broken = {
    codecs: [
      { kind: 'video', mimeType: 'video/rtx', preferredPayloadType: 97, clockRate: 90000, parameters: { apt: 'x' } },
    ],
    headerExtensions: [],
  };
  expect(await bob.socket.refusal('join', { ticket: incoming.ticket, rtpCapabilities: broken })).toBe(
    'unsupported_media',
  );
  const { sessionId } = bob;
  if (sessionId === undefined) throw new Error('bob has no session');
  expect(await bob.socket.ask('resume', { callId, sessionId })).toMatchObject({ call: { call: { phase: 'active' } } });
  await Promise.all([alice.socket.close(), bob.socket.close()]);
  const observer = await person('alice');
  expect((await endedAt(observer, callId)).call.reason).toBe('connection_lost');
});

test('twenty simultaneous answers, declines and cancels have one outcome for all', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { alice, bob, callId } = await pair();
    await Promise.allSettled([bob.act(callId, 'answer'), bob.act(callId, 'decline'), alice.act(callId, 'cancel')]);
    const seen = await alice.read(callId);
    if (seen.phase === 'active') await alice.act(callId, 'end');
    const [one, other] = await Promise.all([endedAt(alice, callId), endedAt(bob, callId)]);
    expect(one.call).toMatchObject({ reason: other.call.reason, lastEvent: other.call.lastEvent });
    await Promise.all([alice.close(), bob.close()]);
  }
}, 60_000);
