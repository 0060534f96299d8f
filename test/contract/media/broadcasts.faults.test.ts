/** The ports of sessions and broadcasts when a worker dies or hangs, and when clients send what nobody should. */
import { randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import { requests } from '../../../src/protocol/socket/requests.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { rtpParametersArbitrary } from '../../support/participant/arbitrary.ts';
import { active, alice, bob, callError, carol, ringing, ringingPair } from '../../support/participant/scenes.ts';
import { newCallId, newSessionId, packetsOf, Studio } from '../../support/participant/studio.ts';
import { waitFor } from '../../support/waitFor.ts';

describe('broadcasts under faults', () => {
  let studio: Studio;

  beforeEach(async () => {
    studio = await Studio.create();
  });
  afterEach(async () => {
    await studio.stop();
  });
  afterAll(() => {
    cleanUpParticipants();
  });

  test('a killed worker loses only its own media: its sessions are notified and the same port serves again', async () => {
    const { callId, b } = await ringingPair(studio);
    const pid = studio.broadcasts.pool.workers()[0]?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor('the sessions to be closed', () => studio.closed.length === 2);
    expect(studio.closed.map(({ why }) => why)).toEqual(['media_lost', 'media_lost']);
    expect(studio.broadcasts.ownerOf(b.sessionId)).toBeUndefined();
    await expect(studio.sit(callId, alice, active(alice, bob))).rejects.toEqual(callError('unavailable'));

    await waitFor('the worker to be replaced', () => studio.broadcasts.pool.workers()[0]);
    const [again, other] = [
      await studio.sit(callId, alice, active(alice, bob)),
      await studio.sit(callId, bob, active(alice, bob)),
    ];
    expect(again.participant.candidates.map(({ port }) => port)).toEqual(Array(4).fill(studio.firstPort));
    await again.participant.publish(['microphone', 'camera']);
    await waitFor('media again', () => packetsOf(other) > 20);
    expect(studio.logged.join('\n')).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });

  test('a worker that does not answer in time causes an error code, and its late results are undone', async () => {
    await studio.stop();
    studio = await Studio.create({ requestTimeoutMs: 2_000 });
    const pid = studio.broadcasts.pool.workers()[0]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(studio.sit(newCallId(), alice, ringing())).rejects.toEqual(callError('overloaded'));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const [worker] = studio.broadcasts.pool.workers();
    await waitFor('what came late to be gone', async () => (await worker?.census())?.routers === 0);
  });

  test('every input that passes the schema is accepted or refused with a code, and the media of others continues', async () => {
    const { callId, a, b } = await ringingPair(studio);
    await studio.broadcasts.follow(callId, active(alice, bob));
    const pid = studio.broadcasts.pool.workers()[0]?.pid;
    const c = await studio.sit(callId, carol, active(alice, bob, carol));
    const anybody = {
      device: { userId: 'dave', deviceId: 'dave-phone' },
      rtpCapabilities: studio.broadcasts.routerRtpCapabilities,
      ownerTerm: 1,
      mayPublish: false,
      admission: { ...active(alice, bob, carol), welcome: new Set(['alice', 'bob', 'carol', 'dave']) },
    };
    const codes = new Map<string, number>();
    const count = (what: string) => codes.set(what, (codes.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(rtpParametersArbitrary, async (rtpParameters) => {
        const kind = rtpParameters.codecs[0].mimeType.startsWith('audio') ? 'audio' : 'video';
        const trackId = crypto.randomUUID();
        const track = { trackId, kind, source: kind === 'audio' ? 'microphone' : 'camera', rtpParameters };
        const parsed = requests.publish.params.safeParse({ sessionId: c.sessionId, tracks: [track] });
        if (!parsed.success) {
          count('schema');
          return;
        }
        try {
          await studio.broadcasts.publish(c.sessionId, parsed.data.tracks);
        } catch (error) {
          expect(error).toBeInstanceOf(CallError);
          count(error instanceof CallError ? error.code : 'other');
          return;
        }
        count('taken');
        const viewer = newSessionId();
        const { subscriptions } = await studio.broadcasts.join({ ...anybody, callId, sessionId: viewer });
        expect(subscriptions.length).toBeGreaterThanOrEqual(4);
        studio.broadcasts.leave(viewer, 'left');
        await studio.broadcasts.unpublish(c.sessionId, [trackId]);
      }),
      { numRuns: 600, seed: randomInt(2 ** 31) },
    );
    console.log('hostile parameters:', Object.fromEntries(codes));
    expect([...codes.keys()].sort()).toEqual(expect.arrayContaining(['taken', 'unsupported_media']));
    expect(codes.has('internal')).toBe(false);
    expect(studio.broadcasts.pool.workers()[0]?.pid).toBe(pid);
    await c.participant.publish(['microphone', 'camera']);
    const before = [packetsOf(a), packetsOf(b)];
    await waitFor(
      'media to continue',
      () => packetsOf(a) > (before[0] ?? 0) + 20 && packetsOf(b) > (before[1] ?? 0) + 20,
    );
    expect(studio.broadcasts.counts()).toMatchObject({ sessions: 3, producers: 6 });
  });
});
