/** Requests of the socket about media: parsed, asked of one use case in the name of the connection, and answered. */
import { beforeEach, expect, test } from '@jest/globals';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { IdentifiedSocket } from '../../../../src/edge/socket/socketIdentity.ts';
import { mediaHandlers } from '../../../../src/edge/socket/mediaRequests.ts';
import type { MediaUseCases } from '../../../../src/edge/socket/mediaRequests.ts';

const device = { userId: 'alice', deviceId: 'alice-phone' };
const expiresAt = 1_700_000_000_000;
/** An expired token does not stop media: the socket itself ends soon after. */
const alice: IdentifiedSocket = { identity: { ...device, generation: 'first', expiresAt }, tokenIsOver: true };
const stranger: IdentifiedSocket = { identity: undefined, tokenIsOver: false };
const sessionId = 'ses_0123456789012345678901';
const id = '3f0e7f0a-7f63-4d0c-9d9b-0c6f5a8f7f11';
const dtlsParameters = { fingerprints: [{ algorithm: 'sha-256', value: `${'AB:'.repeat(31)}AB` }] };
const iceParameters = { usernameFragment: 'u', password: 'p', iceLite: true };
const turnServer = {
  urls: ['turns:turn.test'],
  username: '1700000000:0123456789abcdef',
  credential: `${'A'.repeat(27)}=`,
};
const rtpParameters = {
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000 }],
  encodings: [{ ssrc: 7 }],
};
const track = { trackId: id, kind: 'audio', source: 'microphone', rtpParameters };

let asked: unknown[];
let refusal: CallError | undefined;
beforeEach(() => {
  asked = [];
  refusal = undefined;
});
const did =
  (name: keyof MediaUseCases) =>
  (request: unknown): Promise<void> => {
    asked.push([name, request]);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  };
const handlers = mediaHandlers({
  publishTracks: did('publishTracks'),
  unpublishTracks: did('unpublishTracks'),
  pauseTrack: did('pauseTrack'),
  startSubscriptions: did('startSubscriptions'),
  preferLayers: did('preferLayers'),
  connectTransport: did('connectTransport'),
  restartIce: async (request) => {
    await did('restartIce')(request);
    return { iceParameters, iceServers: [turnServer] };
  },
});

type Method = keyof typeof handlers;
const said: readonly (readonly [Method, keyof MediaUseCases, Readonly<Record<string, unknown>>])[] = [
  ['publish', 'publishTracks', { tracks: [{ ...track, paused: true }], dtlsParameters }],
  ['unpublish', 'unpublishTracks', { trackIds: [id] }],
  ['pause', 'pauseTrack', { trackId: id, paused: true }],
  ['ready', 'startSubscriptions', { subscriptionIds: [id] }],
  ['prefer', 'preferLayers', { subscriptionId: id, spatialLayer: 1, temporalLayer: 0 }],
  ['connect', 'connectTransport', { direction: 'send', dtlsParameters }],
  ['restartIce', 'restartIce', { direction: 'receive' }],
];

test.each(said)('%s calls %s once, as the device of the connection', async (method, useCase, params) => {
  const answer = await handlers[method](alice, { sessionId, ...params, userId: 'mallory', device: 'forged' }, 1);
  expect(asked).toMatchObject([[useCase, { sessionId, ...params, device }]]);
  expect(asked).not.toMatchObject([[useCase, { userId: 'mallory' }]]);
  expect(answer).toEqual(method === 'restartIce' ? { iceParameters, iceServers: [turnServer] } : {});
});

test.each(said)('%s is refused before hello', async (method, _useCase, params) => {
  await expect(handlers[method](stranger, { sessionId, ...params }, 1)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  expect(asked).toEqual([]);
});

test.each(said)('%s that violates its schema is refused with the place', async (method, _useCase, params) => {
  await expect(handlers[method](alice, { ...params, sessionId: 7 }, 1)).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [expect.objectContaining({ path: 'sessionId' })],
  });
  expect(asked).toEqual([]);
});

test.each(said)('%s answers with the refusal of %s', async (method, _useCase, params) => {
  refusal = new CallError('session_not_found');
  await expect(handlers[method](alice, { sessionId, ...params }, 1)).rejects.toBe(refusal);
});
