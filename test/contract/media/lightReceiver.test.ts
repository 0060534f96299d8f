/** A light receiver has every packet that a full one has, from the real media worker. */
import { afterAll, expect, test } from '@jest/globals';
import { Arrivals } from '../../load/arrivals.ts';
import type { ExpectedStream } from '../../load/arrivals.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { Identity } from '../../../src/load/media/openssl.ts';
import { LightReceiver } from '../../support/light/receiver.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { readRtpHeader } from '../../../src/load/media/rtp.ts';
import { active, alice } from '../../support/participant/scenes.ts';
import { listenAddress, newCallId, packetsOf, Studio } from '../../support/participant/studio.ts';
import { waitFor } from '../../support/waitFor.ts';

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

    const packets = () => packetsOf(seat);
    const more = async (count: number) => {
      const before = packets();
      await waitFor('more packets', () => packets() > before + count);
    };
    await more(80);
    arrivals.begin();
    await more(80);
    arrivals.end();
    await waitFor('the last ones', () => {
      const { received, expected, whole } = arrivals.tally();
      return received === expected && whole === 2 && expected / 2 > 40;
    });
    expect(receiver.dropped).toBe(0);
    // Both are on this machine, and tell times by the same clock: of most packets, whatever a busy machine does to some.
    expect(Math.abs(arrivals.laterIn('full', 'light')?.p50 ?? NaN)).toBeLessThan(1_000);
  } finally {
    clearInterval(looking);
    receiver.close();
    await studio.stop();
  }
});
