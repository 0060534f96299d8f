/** A session that continues, on another socket. */
import { beforeEach, expect, test } from '@jest/globals';
import { resumeSession } from '../../../../src/commands/media/resumeSession.ts';
import { runCommand } from '../../../../src/commands/call/running/runCommand.ts';
import type { SessionOwner } from '../../../../src/ports/media/sessions.ts';
import { activeCall, alicesPhone, sessionId } from './activeCall.ts';

let here: Awaited<ReturnType<typeof activeCall>>;
beforeEach(async () => {
  here = await activeCall();
  here.onSockets.clear();
  await runCommand(here.context, here.callId, { name: 'sessionLost', ...alicesPhone, ownerTerm: 1 });
});
const attach = ({ callId, device }: SessionOwner) => {
  here.happened.push(['attached', callId, device]);
  here.onSockets.add(sessionId);
};
const resume = (device = alicesPhone) =>
  resumeSession(here.context, { callId: here.callId, sessionId, device }, attach);

test('the session is resumed, then bound to the socket, then the call is informed; its subscriptions are read last', async () => {
  const { callId } = here;
  const { call, ticket, subscriptionsNow } = await resume();
  expect(await here.presenceOf('alice')).toBe('connected');
  expect(call.id).toBe(callId);
  expect(await here.context.tokens.readTicket(ticket)).toMatchObject({ callId, userId: 'alice' });
  const taken = ['take', { callId, sessionId, device: alicesPhone }];
  const attached = ['attached', callId, alicesPhone];
  expect(here.happened).toEqual([taken, attached]);
  expect(subscriptionsNow()).toEqual([]);
  expect(here.happened).toEqual([taken, attached, ['subscriptions', sessionId]]);
});

test('a session unknown to this node is found through the call', async () => {
  const owner = here.owners.get(sessionId);
  here.owners.clear();
  here.context.sessions.take = (claim) => {
    here.happened.push(['take', claim]);
    if (owner !== undefined) here.owners.set(sessionId, owner);
    return Promise.resolve();
  };
  await resume();
  expect(here.happened[0]).toMatchObject(['take', { sessionId, nodeId: 'node_0123456789012345678901' }]);
});

test('a user outside the call cannot tell that a session is unknown', async () => {
  here.owners.clear();
  await expect(resume({ userId: 'mallory', deviceId: 'mallory-phone' })).rejects.toMatchObject({
    code: 'session_not_found',
  });
  expect(here.happened).toEqual([]);
});

test('a viewer’s session is not resumed: the viewer joins again', async () => {
  here.owners.set(sessionId, { callId: here.callId, device: alicesPhone, ownerTerm: 1, asViewer: true });
  await expect(resume()).rejects.toMatchObject({ code: 'session_not_found' });
  expect(here.happened).toEqual([['take', expect.anything()]]);
});

test('a call that has ended meanwhile is reported as ended', async () => {
  await runCommand(here.context, here.callId, { name: 'leave', userId: 'bob' });
  await expect(resume()).rejects.toMatchObject({ code: 'call_ended' });
});
