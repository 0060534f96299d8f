/** Sending parameters as a hostile client would make them: near the right ones, and far from them. */
import fc from 'fast-check';

const payloadType = fc.oneof(fc.constantFrom(100, 101, 102), fc.integer({ min: 0, max: 127 }));
const mimeType = fc.oneof(
  fc.constantFrom(
    'audio/opus',
    'video/VP8',
    'video/VP9',
    'video/H264',
    'video/AV1',
    'video/rtx',
    'audio/rtx',
    'audio/red',
  ),
  fc.stringMatching(/^(audio|video)\/[A-Za-z0-9.-]{1,32}$/),
);
const fmtp = fc.dictionary(
  fc.oneof(
    fc.constantFrom('apt', 'profile-id', 'packetization-mode', 'profile-level-id', '__proto__', 'constructor'),
    fc.string({ maxLength: 20 }),
  ),
  fc.oneof(fc.constantFrom('42e01f', '', 101), fc.double(), fc.integer(), fc.string({ maxLength: 200 })),
  { maxKeys: 4 },
);
const codec = fc.record(
  {
    mimeType,
    payloadType,
    clockRate: fc.oneof(fc.constantFrom(48000, 90000), fc.integer({ min: 1, max: 2 ** 40 })),
    channels: fc.integer({ min: 1, max: 8 }),
    parameters: fmtp,
    rtcpFeedback: fc.array(fc.record({ type: fc.string({ maxLength: 32 }), parameter: fc.string({ maxLength: 32 }) }), {
      maxLength: 4,
    }),
  },
  { requiredKeys: ['mimeType', 'payloadType', 'clockRate'] },
);
/** Taken, when what is around it is good. */
const good = fc.constantFrom(
  { mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 },
  { mimeType: 'video/VP8', payloadType: 101, clockRate: 90000 },
  { mimeType: 'video/VP9', payloadType: 103, clockRate: 90000 },
  { mimeType: 'video/rtx', payloadType: 102, clockRate: 90000, parameters: { apt: 101 } },
);
const ssrc = fc.oneof(fc.constantFrom(0, 1, 0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));
const encoding = fc.record(
  {
    ssrc,
    rid: fc.stringMatching(/^[A-Za-z0-9]{1,16}$/),
    codecPayloadType: payloadType,
    rtx: fc.record({ ssrc }),
    dtx: fc.boolean(),
    scalabilityMode: fc.constantFrom('L1T3', 'L3T3', 'S3T3', 'L3T3_KEY', 'L3T3_KEY_SHIFT', 'L2T1h'),
    scaleResolutionDownBy: fc.double({ min: 1, max: 16, noNaN: true }),
    maxBitrate: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  { requiredKeys: [] },
);
const headerExtension = fc.record(
  {
    uri: fc.constantFrom(
      'urn:ietf:params:rtp-hdrext:sdes:mid',
      'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'urn:mediasoup:params:rtp-hdrext:packet-id',
    ),
    id: fc.integer({ min: 1, max: 14 }),
    encrypt: fc.boolean(),
  },
  { requiredKeys: ['uri', 'id'] },
);

export const rtpParametersArbitrary = fc.record(
  {
    mid: fc.string({ maxLength: 16 }),
    codecs: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(good) },
      { weight: 1, arbitrary: fc.array(good, { minLength: 2, maxLength: 8 }) },
      { weight: 1, arbitrary: fc.array(fc.oneof(good, codec), { minLength: 1, maxLength: 3 }) },
    ),
    headerExtensions: fc.array(headerExtension, { maxLength: 5 }),
    encodings: fc.oneof(fc.tuple(fc.record({ ssrc })), fc.array(encoding, { minLength: 1, maxLength: 4 })),
    rtcp: fc.record({ reducedSize: fc.boolean(), cname: fc.string() }),
  },
  { requiredKeys: ['codecs', 'encodings'] },
);
