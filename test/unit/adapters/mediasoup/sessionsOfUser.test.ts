/** How many devices of one user may be warm in one call. */
import { expect, test } from '@jest/globals';
import { Sessions } from '../../../../src/adapters/mediasoup/broadcast/sessions.ts';
import { admissionOf } from '../../../../src/domain/media/admission.ts';
import type { JoinRequest } from '../../../../src/ports/media/sessions.ts';
import { callIn } from '../../../support/calls.ts';

const request = (userId: string, device: number, asViewer = false): JoinRequest => ({
  callId: callIn.ringing.id,
  sessionId: 'ses_0123456789012345678901',
  ownerTerm: 1,
  mayPublish: true,
  asViewer,
  device: { userId, deviceId: `device-${device}` },
  rtpCapabilities: { codecs: [], headerExtensions: [] },
  admission: admissionOf(callIn.ringing),
});

test('a user has a limited number of devices in a call, joining ones included; other users do not count', () => {
  const sessions = new Sessions();
  const leave = [1, 2, 3].map((device) => sessions.opening(request('bob', device), 3));
  const refused = expect.objectContaining({ code: 'too_many_sessions' });
  expect(() => sessions.opening(request('bob', 4), 3)).toThrow(refused);
  // The same device again, another user, and those who watch.
  for (const one of [request('bob', 3), request('alice', 4), request('bob', 4, true)]) sessions.opening(one, 3)();
  leave[0]?.();
  sessions.opening(request('bob', 4), 3);
  expect(() => sessions.opening(request('bob', 5), 3)).toThrow(refused);
});
