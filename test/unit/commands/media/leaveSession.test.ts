/** A session that ends: by its device, or because the device's rights have ended. */
import { beforeEach, expect, test } from '@jest/globals';
import { endSession, leaveSession } from '../../../../src/commands/media/leaveSession.ts';
import { activeCall, alicesPhone, sessionId } from './activeCall.ts';

let here: Awaited<ReturnType<typeof activeCall>>;
beforeEach(async () => {
  here = await activeCall();
});
const detach = () => {
  here.happened.push('detached');
  here.onSockets.delete(sessionId);
};

test('a device gives up its session: first its socket lets go, then its media ends, then the call is informed', async () => {
  await leaveSession(here.context, { sessionId, device: alicesPhone }, detach);
  expect(here.happened).toEqual(['detached', ['leave', sessionId, 'left']]);
  expect(await here.presenceOf('alice')).toBe('lost');
});

test('another device cannot end the session, which stays on its socket', async () => {
  for (const device of [
    { ...alicesPhone, userId: 'bob' },
    { ...alicesPhone, deviceId: 'alice-tablet' },
  ]) {
    await expect(leaveSession(here.context, { sessionId, device }, detach)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  }
  expect(here.happened).toEqual([]);
  expect(await here.presenceOf('alice')).toBe('connected');
});

test('expired rights end the session, whoever asks', async () => {
  detach();
  await endSession(here.context, sessionId);
  expect(here.happened).toEqual(['detached', ['leave', sessionId, 'left']]);
  expect(await here.presenceOf('alice')).toBe('lost');
});

test('the call is not informed of a viewer who leaves, nor of a session that is already gone', async () => {
  here.owners.set(sessionId, { callId: here.callId, device: alicesPhone, ownerTerm: 1, asViewer: true });
  detach();
  await endSession(here.context, sessionId);
  await endSession(here.context, sessionId);
  expect(here.happened).toEqual(['detached', ['leave', sessionId, 'left']]);
  expect(await here.presenceOf('alice')).toBe('connected');
});
