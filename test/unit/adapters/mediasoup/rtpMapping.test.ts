import { describe, expect, test } from '@jest/globals';
import { routerCodecs } from '../../../../config/media.ts';
import {
  fromConsumerParameters,
  fromTransport,
  offeredCapabilities,
  toProducerParameters,
} from '../../../../src/adapters/mediasoup/workers/rtpMapping.ts';

const offered = offeredCapabilities(routerCodecs);
const vp8 = { mimeType: 'video/VP8', payloadType: 101, clockRate: 90000 };

describe('offered codecs and extensions', () => {
  test('every codec, video with retransmission', () => {
    expect(offered.codecs.map(({ mimeType }) => mimeType)).toEqual([
      'audio/opus',
      ...['video/VP8', 'video/rtx', 'video/VP9', 'video/rtx', 'video/H264', 'video/rtx', 'video/AV1', 'video/rtx'],
    ]);
  });
  test('no unnecessary extension', () => {
    expect([...new Set(offered.headerExtensions.map(({ uri }) => uri))]).toEqual([
      'urn:ietf:params:rtp-hdrext:sdes:mid',
      'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
      'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
      'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
      'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
      'urn:3gpp:video-orientation',
    ]);
  });
});

describe('no free text of a sender reaches others', () => {
  test('unknown format parameters and extensions are dropped', () => {
    const checked = toProducerParameters(
      'video',
      {
        codecs: [{ ...vp8, parameters: { 'max-fr': 30, 'profile-id': '203.0.113.7', note: 'i am at home' } }],
        headerExtensions: [
          { uri: 'urn:3gpp:video-orientation', id: 8 },
          { uri: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay', id: 11 },
        ],
        encodings: [{ ssrc: 7 }],
      },
      offered,
    );
    expect(checked.codecs[0]?.parameters).toEqual({ 'max-fr': 30 });
    expect(checked.headerExtensions?.map(({ uri }) => uri)).toEqual(['urn:3gpp:video-orientation']);
  });
  test('a receiver gets only the named fields', () => {
    const told = fromConsumerParameters({
      codecs: [vp8],
      encodings: [{ ssrc: 7 }],
      rtcp: { cname: '0a1b2c3d' },
      msid: 'free text',
    });
    expect(told).toEqual({ codecs: [vp8], encodings: [{ ssrc: 7 }], rtcp: { cname: '0a1b2c3d' } });
  });
  test('a codec of another kind is refused', () => {
    expect(() => toProducerParameters('audio', { codecs: [vp8], encodings: [{ ssrc: 7 }] }, offered)).toThrow(
      expect.objectContaining({ code: 'unsupported_media' }),
    );
  });
});

describe('the address that clients send to', () => {
  const told = [{ address: '192.0.2.1', port: 44400 }];
  const candidate = (address: string, port: number) => ({
    foundation: 'udpcandidate',
    priority: 1,
    address,
    ip: address,
    port,
    protocol: 'udp' as const,
    type: 'host' as const,
  });
  const transport = (...iceCandidates: ReturnType<typeof candidate>[]) => ({
    id: '7f3c9d3c-4a77-4d5c-9a53-3b1f2f6f0c11',
    iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
    iceCandidates,
    dtlsParameters: {
      role: 'auto' as const,
      fingerprints: [{ algorithm: 'sha-256' as const, value: 'AA:'.repeat(31) + 'AA' }],
    },
  });

  test('the configured address', () => {
    expect(fromTransport(transport(candidate('192.0.2.1', 44400)), told).iceCandidates).toHaveLength(1);
  });
  test.each([['198.51.100.9', 44400] as const, ['192.0.2.1', 44401] as const])('never %s:%i', (address, port) => {
    const mixed = transport(candidate('192.0.2.1', 44400), candidate(address, port));
    expect(() => fromTransport(mixed, told)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
