/** A light receiver has every packet that a full one has, from the real media worker. */
import { afterAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Arrivals } from '../../load/arrivals.ts';
import type { ExpectedStream } from '../../load/arrivals.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { Identity } from '../../support/light/openssl.ts';
import { LightReceiver } from '../../support/light/receiver.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { readRtpHeader } from '../../support/participant/rtp.ts';
import { active, alice } from '../../support/participant/scenes.ts';
import { listenAddress, newCallId, Studio } from '../../support/participant/studio.ts';

afterAll(() => {
  cleanUpParticipants();
});

const ownerTerm = () => performance.timeOrigin + performance.now();
const streamOf = ({ producerId: trackId, kind, rtpParameters }: Subscription): ExpectedStream => ({
  trackId,
  kind,
  ssrc: rtpParameters.encodings[0]?.ssrc ?? 0,
});

test('a light receiver gets audio and video with ICE and DTLS of its own, packet by packet like a full one', async () => {
  const studio = await Studio.create();
  const arrivals = new Arrivals();
  const [light, full] = [arrivals.observer('light'), arrivals.observer('full')];
  const callId = newCallId();
  const host = await studio.sit(callId, alice, active(alice));
  await host.participant.publish(['microphone', 'camera']);

  const identity = new Identity();
  const viewer = { userId: 'vera', deviceId: 'vera-device' };
  const { sessionId, media } = await studio.enter(callId, viewer, active(alice), { asViewer: true });
  const fingerprints = [{ algorithm: 'sha-256' as const, value: identity.fingerprint }];
  await studio.broadcasts.connect(sessionId, 'receive', { role: 'client', fingerprints });
  const receiver = new LightReceiver({
    identity,
    transport: media.receive,
    localAddress: listenAddress,
    onRtp: (header, at) => {
      light.take(header, at);
    },
  });
  const looking = setInterval(() => {
    receiver.look(performance.now());
  }, 20);
  try {
    await receiver.connected;
    light.expect(media.subscriptions.map(streamOf));
    await studio.broadcasts.ready(
      sessionId,
      media.subscriptions.map(({ subscriptionId }) => subscriptionId),
    );
    const seat = await studio.sit(callId, { userId: 'fritz', deviceId: 'fritz-device' }, active(alice), {
      asViewer: true,
      observe: (packet) => {
        const header = readRtpHeader(packet);
        if (header !== undefined) full.take(header, ownerTerm());
      },
    });
    full.expect(seat.media.subscriptions.map(streamOf));

    await delay(1_000);
    arrivals.begin();
    await delay(1_000);
    arrivals.end();
    await delay(500);
    const { received, expected, whole } = arrivals.tally();
    expect({ received, whole }).toEqual({ received: expected, whole: 2 });
    expect(expected / 2).toBeGreaterThan(40);
    expect(receiver.dropped).toBe(0);
    // Both are on this machine, and tell times by the same clock.
    expect(Math.abs(arrivals.laterIn('full', 'light')?.p50 ?? NaN)).toBeLessThan(100);
  } finally {
    clearInterval(looking);
    receiver.close();
    await studio.stop();
  }
});
