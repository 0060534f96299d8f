/** A viewer’s session is bound to the socket that asked, and ends with the right to watch, however early that ends. */
import { beforeEach, expect, test } from '@jest/globals';
import { joinAsViewer } from '../../../../../src/commands/media/viewers/joinAsViewer.ts';
import type { SessionId } from '../../../../../src/domain/kernel/ids.ts';
import type { JoinRequest, SessionOwner } from '../../../../../src/ports/media/sessions.ts';
import { sessionId, verasPhone, watchedCall } from './watchedCall.ts';

const ticketId = 'tic_0123456789012345678901';
const transport = {
  id: '3f0e7f0a-7f63-4d0c-9d9b-0c6f5a8f7f11',
  iceParameters: { usernameFragment: 'u', password: 'p' },
  iceCandidates: [],
  dtlsParameters: { fingerprints: [] },
};
const rtpCapabilities = { codecs: [], headerExtensions: [] };
const media = { routerRtpCapabilities: rtpCapabilities, send: transport, receive: transport, subscriptions: [] };

let here: Awaited<ReturnType<typeof watchedCall>>;
/** What happened, in its order. */
let happened: unknown[];
/** What happens while the transports are made. */
let meanwhile: () => Promise<void> | void;
let isLost: boolean;
beforeEach(async () => {
  here = await watchedCall();
  happened = [];
  meanwhile = () => undefined;
  isLost = false;
});

const socket = {
  attach: (id: SessionId, owner: SessionOwner) => {
    happened.push(['attached', id, owner.device, owner.asViewer]);
    return !isLost;
  },
  detach: (id: SessionId) => {
    happened.push(['detached', id]);
  },
};
async function join() {
  const { context, owners } = here;
  const sessions = {
    ...context.sessions,
    join: async ({ callId, device, ownerTerm, asViewer }: JoinRequest) => {
      owners.set(sessionId, { callId, device, ownerTerm, ...(asViewer === undefined ? {} : { asViewer }) });
      await meanwhile();
      return media;
    },
    leave: (id: SessionId, why: string) => {
      happened.push(['left', id, why]);
    },
    subscriptionsOf: () => [],
  };
  const ticket = await context.tokens.readTicket(await here.ticketOf(verasPhone, ticketId));
  const bound = {
    ...context,
    sessions,
    broadcasts: { follow: () => Promise.resolve([]), close: () => undefined },
    ids: { sessionId: (): SessionId => sessionId },
    turnServers: { offer: () => [] },
  };
  return joinAsViewer(bound, { ticket, device: verasPhone, rtpCapabilities }, socket);
}
const attached = ['attached', sessionId, verasPhone, true];
const ended = [
  ['detached', sessionId],
  ['left', sessionId, 'media_lost'],
];

test('the socket gets the session as that of a viewer, and its right is watched from then on', async () => {
  expect(await join()).toMatchObject({ sessionId });
  expect(happened).toEqual([attached]);
  expect(here.context.viewers.heldBy(sessionId)).toMatchObject({ ticketId, deviceId: verasPhone.deviceId });
});

test('a session that ended while its transports were made is attached to no socket', async () => {
  meanwhile = () => {
    here.owners.clear();
  };
  await expect(join()).rejects.toMatchObject({ code: 'session_not_found' });
  expect(happened).toEqual(ended);
});

test('a right that ended while the transports were made ends the session', async () => {
  meanwhile = () => here.context.viewerTickets.revokeAll(here.callId, verasPhone.userId);
  await expect(join()).rejects.toMatchObject({ code: 'ticket_invalid' });
  expect(happened).toEqual([attached, ...ended]);
});

test('a socket that was lost meanwhile watches nothing: no right is kept for it', async () => {
  isLost = true;
  await join();
  expect(here.context.viewers.heldBy(sessionId)).toBeUndefined();
});

test('somebody who is blocked by a participant is refused before any media is made', async () => {
  await here.context.relations.change([{ from: 'bob', kind: 'blocks', to: verasPhone.userId, holds: true }]);
  await expect(join()).rejects.toMatchObject({ code: 'ticket_invalid' });
  expect(here.owners.size).toBe(0);
});
