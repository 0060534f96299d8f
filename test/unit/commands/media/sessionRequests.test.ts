/** What a device asks of its session: done for the session's own device, and for nobody else. */
import { beforeEach, expect, test } from '@jest/globals';
import { connectTransport, restartIce } from '../../../../src/commands/media/connectTransport.ts';
import { pauseTrack, publishTracks, unpublishTracks } from '../../../../src/commands/media/publishTracks.ts';
import { preferLayers, startSubscriptions } from '../../../../src/commands/media/receiveTracks.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { SessionId } from '../../../../src/domain/kernel/ids.ts';

const sessionId = 'ses_0123456789012345678901';
const device = { userId: 'alice', deviceId: 'alice-phone' };
const strangers = [
  { userId: 'mallory', deviceId: 'alice-phone' },
  { userId: 'alice', deviceId: 'alice-tablet' },
];
const trackId = '3f0e7f0a-7f63-4d0c-9d9b-0c6f5a8f7f11';
const subscriptionId = '3f0e7f0a-7f63-4d0c-9d9b-0c6f5a8f7f12';
const dtlsParameters = { fingerprints: [{ algorithm: 'sha-256' as const, value: 'AB' }] };
const iceParameters = { usernameFragment: 'u', password: 'p', iceLite: true };
const turnServer = { urls: ['turns:turn.test'], username: 'u', credential: 'c' };
const tracks = [
  {
    trackId,
    kind: 'audio' as const,
    source: 'microphone' as const,
    rtpParameters: { codecs: [], encodings: [] },
    paused: false,
  },
];

let asked: unknown[];
/** Absent: the broadcasts do what they are asked. */
let refusal: CallError | undefined;
beforeEach(() => {
  asked = [];
  refusal = undefined;
});
const did =
  (name: string) =>
  (...args: readonly unknown[]): Promise<void> => {
    asked.push([name, ...args]);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  };
const context = {
  sessions: {
    ownerOf: (id: SessionId) =>
      id === sessionId ? ({ callId: 'call_0123456789012345678901', device, ownerTerm: 1 } as const) : undefined,
  },
  media: {
    publish: did('publish'),
    unpublish: did('unpublish'),
    pause: did('pause'),
    ready: did('ready'),
    prefer: did('prefer'),
    connect: did('connect'),
    restartIce: async (...args: readonly unknown[]) => {
      await did('restartIce')(...args);
      return iceParameters;
    },
  },
  turnServers: {
    offer: () => {
      asked.push('turn servers');
      return [turnServer];
    },
  },
};

type Asking = { readonly sessionId: SessionId; readonly device: typeof device };
const uses: readonly (readonly [name: string, run: (by: Asking) => Promise<unknown>, asked: unknown])[] = [
  [
    'publish',
    (by) => publishTracks(context, { ...by, tracks, dtlsParameters }),
    ['publish', sessionId, tracks, dtlsParameters],
  ],
  ['publish again', (by) => publishTracks(context, { ...by, tracks }), ['publish', sessionId, tracks, undefined]],
  ['unpublish', (by) => unpublishTracks(context, { ...by, trackIds: [trackId] }), ['unpublish', sessionId, [trackId]]],
  ['pause', (by) => pauseTrack(context, { ...by, trackId, paused: true }), ['pause', sessionId, trackId, true]],
  [
    'ready',
    (by) => startSubscriptions(context, { ...by, subscriptionIds: [subscriptionId] }),
    ['ready', sessionId, [subscriptionId]],
  ],
  [
    'prefer',
    (by) => preferLayers(context, { ...by, subscriptionId, spatialLayer: 1 }),
    ['prefer', { sessionId, subscriptionId, spatialLayer: 1 }],
  ],
  [
    'connect',
    (by) => connectTransport(context, { ...by, direction: 'receive', dtlsParameters }),
    ['connect', sessionId, 'receive', dtlsParameters],
  ],
  ['restartIce', (by) => restartIce(context, { ...by, direction: 'send' }), ['restartIce', sessionId, 'send']],
];

test.each(uses)('%s is executed for the device that opened the session', async (_name, run, expected) => {
  await run({ sessionId, device });
  expect(asked[0]).toEqual(expected);
});

test.each(uses)('%s is refused for others and does not reach the broadcasts', async (_name, run) => {
  const notFound = { code: 'session_not_found' };
  for (const stranger of strangers) await expect(run({ sessionId, device: stranger })).rejects.toMatchObject(notFound);
  await expect(run({ sessionId: 'ses_9999999999999999999999', device })).rejects.toMatchObject(notFound);
  expect(asked).toEqual([]);
});

test.each(uses)('%s fails with the error of the broadcasts', async (_name, run) => {
  refusal = new CallError('unavailable');
  await expect(run({ sessionId, device })).rejects.toBe(refusal);
});

test('an ICE restart returns TURN servers whose credentials are made after the restart', async () => {
  expect(await restartIce(context, { sessionId, device, direction: 'send' })).toEqual({
    iceParameters,
    iceServers: [turnServer],
  });
  expect(asked).toEqual([['restartIce', sessionId, 'send'], 'turn servers']);
});
