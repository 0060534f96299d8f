/** The ports of sessions and broadcasts on the real media worker, with participants that do real ICE, DTLS and SRTP. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyFrameRequestEveryMs } from '../../../src/adapters/mediasoup/session/keyFrameRequests.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import {
  active,
  alice,
  bob,
  bobsOther,
  callError,
  carol,
  heardVideo,
  over,
  ringing,
  ringingPair,
} from '../../support/participant/scenes.ts';
import { silent } from '../../support/participant/silence.ts';
import { listenAddress, newCallId, newSessionId, packetsOf, Studio } from '../../support/participant/studio.ts';
import { waitFor } from '../../support/waitFor.ts';

describe('a broadcast', () => {
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

  const pair = () => ringingPair(studio);

  test('carries no media while it rings, and media both ways as soon as it is answered', async () => {
    const { callId, a, b } = await pair();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([packetsOf(a), packetsOf(b)]).toEqual([0, 0]);

    const answeredAt = performance.now();
    const admitted = await studio.broadcasts.follow(callId, active(alice, bob));
    const followedAt = performance.now();
    expect(admitted).toEqual([alice, bob]);
    const first = await waitFor('key frames both ways', () => {
      const [one, other] = [heardVideo(a), heardVideo(b)];
      return one !== undefined && other !== undefined ? [one, other] : undefined;
    });
    console.log(
      'answer → follow done, first key frame at caller, at callee (ms):',
      followedAt - answeredAt,
      ...first.map((at) => at - answeredAt),
    );
    // Cameras send key frames only when asked: the answer itself asked. Two requests in the same breath, which an encoder serves with one key frame; and none when the interval is over.
    const asked = () => [a, b].map(({ participant }) => participant.keyFramesAsked('camera'));
    expect(asked()).toEqual([2, 2]);
    await new Promise((resolve) => setTimeout(resolve, keyFrameRequestEveryMs * 2));
    expect(asked()).toEqual([2, 2]);
    for (const seat of [a, b])
      for (const { address } of seat.participant.candidates) expect(address).toBe(listenAddress);
  });

  test('gives clients only the configured address and port, and is ICE-lite', async () => {
    const seat = await studio.sit(newCallId(), alice, ringing());
    expect(seat.participant.candidates).toHaveLength(4);
    for (const { address, ip, port, type } of seat.participant.candidates) {
      expect({ address, ip, port, type }).toEqual({
        address: listenAddress,
        ip: listenAddress,
        port: studio.firstPort,
        type: 'host',
      });
    }
    expect([seat.media.send.iceParameters.iceLite, seat.media.receive.iceParameters.iceLite]).toEqual([true, true]);
    const ice = await studio.broadcasts.restartIce(seat.sessionId, 'send');
    expect(ice.usernameFragment).not.toBe(seat.media.send.iceParameters.usernameFragment);
  });

  test('gives clients the announced address instead of its own, and spreads calls over its workers', async () => {
    await studio.stop();
    studio = await Studio.create({ workers: 2, announcedAddress: '203.0.113.7' });
    const admission = ringing();
    const { routerRtpCapabilities: rtpCapabilities } = studio.broadcasts;
    const joined = await Promise.all(
      [1, 2].map(() =>
        studio.broadcasts.join({
          callId: newCallId(),
          sessionId: newSessionId(),
          device: alice,
          rtpCapabilities,
          ownerTerm: 1,
          mayPublish: true,
          admission,
        }),
      ),
    );
    expect(JSON.stringify(joined)).not.toContain(listenAddress);
    const candidates = joined.flatMap(({ send, receive }) => [...send.iceCandidates, ...receive.iceCandidates]);
    expect(new Set(candidates.map(({ address }) => address))).toEqual(new Set(['203.0.113.7']));
    expect(new Set(candidates.map(({ port }) => port)).size).toBe(2);
  });

  test('mutes at the producer and notifies the others', async () => {
    const { callId, a, b } = await pair();
    await studio.broadcasts.follow(callId, active(alice, bob));
    await waitFor('video at the callee', () => heardVideo(b));
    const camera = a.participant.trackId('camera');
    await studio.broadcasts.pause(a.sessionId, camera, true);
    await studio.broadcasts.pause(a.sessionId, a.participant.trackId('microphone'), true);
    const muted = await silent(() => packetsOf(b));
    expect(b.heard.filter(({ method }) => method === 'subscription.paused')).toHaveLength(2);
    expect(studio.broadcasts.subscriptionsOf(b.sessionId).map(({ paused }) => paused)).toEqual([true, true]);

    await studio.broadcasts.pause(a.sessionId, camera, false);
    await waitFor('video again', () => packetsOf(b) > muted + 5);
    expect(packetsOf(a)).toBeGreaterThan(0);
  });

  test('a third participant gets both others in the answer to the join, and they receive the third', async () => {
    const { callId, a, b } = await pair();
    await studio.broadcasts.follow(callId, active(alice, bob));
    const c = await studio.sit(callId, carol, active(alice, bob));
    expect(c.media.subscriptions).toHaveLength(4);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(packetsOf(c)).toBe(0);
    await studio.broadcasts.follow(callId, active(alice, bob, carol));
    await c.participant.publish(['microphone', 'camera']);
    await waitFor('everybody to receive four tracks', () =>
      [a, b, c].every(
        ({ participant: { receptions } }) =>
          receptions.size === 4 && [...receptions.values()].every(({ packets }) => packets > 5),
      ),
    );

    studio.broadcasts.leave(c.sessionId, 'left');
    await waitFor('its tracks to be gone', () => [a, b].every(({ participant }) => participant.receptions.size === 2));
    expect(() => studio.broadcasts.subscriptionsOf(c.sessionId)).toThrow(callError('session_not_found'));
    await expect(studio.broadcasts.restartIce(c.sessionId, 'send')).rejects.toEqual(callError('session_not_found'));
  });

  test('offers a caller only one ringing device; when another answers, its tracks replace it', async () => {
    const callId = newCallId();
    const a = await studio.sit(callId, alice, ringing());
    await a.participant.publish(['microphone']);
    const first = await studio.sit(callId, bob, ringing());
    await first.participant.publish(['microphone']);
    const second = await studio.sit(callId, bobsOther, ringing());
    await second.participant.publish(['microphone']);
    await waitFor('the first to be offered', () => a.participant.receptions.size === 1);
    expect(second.participant.receptions.size).toBe(1);

    await studio.broadcasts.follow(callId, active(alice, bobsOther));
    expect(studio.closed).toEqual([
      { sessionId: first.sessionId, owner: { callId, device: bob, ownerTerm: 1 }, why: 'answered_elsewhere' },
    ]);
    await waitFor('media of the one that answered', () => packetsOf(a) > 5 && packetsOf(second) > 5);
    expect(a.heard.map(({ method }) => method).filter((method) => method !== 'speakers')).toEqual([
      'subscription.added',
      'subscription.removed',
      'subscription.added',
    ]);
    await expect(studio.sit(callId, bob, active(alice, bobsOther))).rejects.toEqual(callError('answered_elsewhere'));
  });

  test('nobody receives their own tracks, and ringing users do not receive each other', async () => {
    const callId = newCallId();
    const a = await studio.sit(callId, alice, ringing('carol'));
    const b = await studio.sit(callId, bob, ringing('carol'));
    const c = await studio.sit(callId, carol, ringing('carol'));
    for (const { participant } of [a, b, c]) await participant.publish(['microphone']);
    await waitFor('the caller to have two', () => a.participant.receptions.size === 2);
    expect(studio.broadcasts.subscriptionsOf(b.sessionId).map(({ userId }) => userId)).toEqual(['alice']);
    expect(studio.broadcasts.subscriptionsOf(c.sessionId).map(({ userId }) => userId)).toEqual(['alice']);
  });

  test('an older admission never replaces a newer one', async () => {
    const { callId, a, b } = await pair();
    const stale = ringing();
    await studio.broadcasts.follow(callId, active(alice, bob));
    expect(await studio.broadcasts.follow(callId, stale)).toEqual([alice, bob]);
    await waitFor('media in spite of it', () => packetsOf(a) > 20 && packetsOf(b) > 20);
  });

  test('a new session of the same device replaces the old one', async () => {
    const { callId, a, b } = await pair();
    await studio.broadcasts.follow(callId, active(alice, bob));
    const again = await studio.sit(callId, bob, active(alice, bob));
    expect(studio.closed).toEqual([
      { sessionId: b.sessionId, owner: { callId, device: bob, ownerTerm: 1 }, why: 'replaced' },
    ]);
    await again.participant.publish(['camera']);
    await waitFor('media both ways again', () => packetsOf(again) > 5 && heardVideo(a) !== undefined);
  });

  test('reports who speaks', async () => {
    const { callId, a, b } = await pair();
    b.participant.stop('microphone');
    await studio.broadcasts.follow(callId, active(alice, bob));
    const spoken = await waitFor('a level', () =>
      b.heard.find((one) => one.method === 'speakers' && one.params.active !== null && one.params.levels.length > 0),
    );
    expect(spoken.params).toMatchObject({ active: 'alice', levels: [{ userId: 'alice' }] });
    expect(a.heard.some(({ method }) => method === 'speakers')).toBe(true);
  });

  test('forbidden, repeated or undecodable requests are refused with a code, and the call continues', async () => {
    const { callId, a, b } = await pair();
    await studio.broadcasts.follow(callId, active(alice, bob));
    const viewer = await studio.sit(callId, carol, active(alice, bob), { mayPublish: false });
    await expect(viewer.participant.publish(['camera'])).rejects.toEqual(callError('not_allowed'));
    const { sessionId } = a;
    const opus = { payloadType: 100, mimeType: 'audio/opus', clockRate: 48000, channels: 2 };
    const track = (over: object) => ({
      trackId: crypto.randomUUID(),
      kind: 'audio' as const,
      source: 'microphone' as const,
      paused: false,
      rtpParameters: { codecs: [opus], encodings: [{ ssrc: 7 }] },
      ...over,
    });
    const publish = (...tracks: ReturnType<typeof track>[]) => studio.broadcasts.publish(sessionId, tracks);
    const unknown = { codecs: [{ ...opus, mimeType: 'audio/PCMU', clockRate: 8000 }], encodings: [{ ssrc: 7 }] };
    await expect(publish(track({ rtpParameters: unknown }))).rejects.toEqual(callError('unsupported_media'));
    await expect(publish(track({ kind: 'video', source: 'camera' }))).rejects.toEqual(callError('unsupported_media'));
    await expect(publish(track({ source: 'camera' }))).rejects.toEqual(callError('invalid_request'));
    const trackId = a.participant.trackId('camera');
    await expect(publish(track({ trackId }))).rejects.toEqual(callError('track_exists'));
    const many = Array.from({ length: 7 }, (_, ssrc) =>
      track({ rtpParameters: { codecs: [opus], encodings: [{ ssrc: ssrc + 1 }] } }),
    );
    await expect(publish(...many)).rejects.toEqual(callError('too_many_tracks'));
    await publish(...many.slice(1));
    await studio.broadcasts.unpublish(
      sessionId,
      many.slice(1).map((one) => one.trackId),
    );
    await expect(studio.broadcasts.unpublish(sessionId, [crypto.randomUUID()])).rejects.toEqual(
      callError('track_not_found'),
    );
    const gone = crypto.randomUUID();
    await expect(studio.broadcasts.prefer({ sessionId, subscriptionId: gone, spatialLayer: 0 })).rejects.toEqual(
      callError('subscription_not_found'),
    );
    await studio.broadcasts.ready(sessionId, [gone]);
    const before = packetsOf(b);
    await waitFor('media to continue', () => packetsOf(b) > before + 20);
  });

  test('ends for everybody and leaves nothing behind', async () => {
    const { callId, a, b } = await pair();
    await studio.broadcasts.follow(callId, active(alice, bob));
    await waitFor('media', () => packetsOf(a) > 5 && packetsOf(b) > 5);
    expect(studio.broadcasts.counts()).toEqual({
      broadcasts: 1,
      sessions: 2,
      transports: 4,
      producers: 4,
      consumers: 4,
    });
    expect(await studio.broadcasts.follow(callId, over())).toEqual([]);
    expect(studio.closed.map(({ why }) => why)).toEqual(['call_ended', 'call_ended']);
    studio.broadcasts.close(callId);
    expect(studio.broadcasts.open()).toEqual([]);
    expect(studio.broadcasts.counts()).toEqual({
      broadcasts: 0,
      sessions: 0,
      transports: 0,
      producers: 0,
      consumers: 0,
    });
    const [worker] = studio.broadcasts.pool.workers();
    const census = await waitFor('the worker to be empty', async () => {
      const now = await worker?.census();
      return now?.routers === 0 ? now : undefined;
    });
    // What is left to answer requests is the port itself.
    expect(census.handlers).toBeLessThanOrEqual(1);
    expect((await studio.broadcasts.load())[0]).toMatchObject({ worker: 0, broadcasts: 0 });
  });

  test('closing during the opening refuses the join and leaves nothing', async () => {
    const callId = newCallId();
    const joining = studio.sit(callId, alice, ringing());
    await Promise.resolve();
    studio.broadcasts.close(callId);
    await expect(joining).rejects.toEqual(callError('call_ended'));
    expect(studio.broadcasts.open()).toEqual([]);
    const [worker] = studio.broadcasts.pool.workers();
    expect((await worker?.census())?.routers).toBe(0);
  });

  test('many simultaneous joins share one broadcast', async () => {
    const callId = newCallId();
    const admission = { ...active(alice, bob, carol) };
    const seats = await Promise.all([alice, bob, carol].map((device) => studio.sit(callId, device, admission)));
    await Promise.all(seats.map(({ participant }) => participant.publish(['microphone', 'camera'])));
    await waitFor('everybody to receive everybody', () =>
      seats.every((seat) => seat.participant.receptions.size === 4),
    );
    const ids = seats.flatMap(({ participant }) => [...participant.receptions.keys()]);
    expect(new Set(ids).size).toBe(12);
    const [worker] = studio.broadcasts.pool.workers();
    expect((await worker?.census())?.routers).toBe(1);
  });
});
