/**
 * Media parameters in the protocol: the ORTC dictionaries of mediasoup and mediasoup-client. Fields that are not named
 * here are dropped. That keeps a client's CNAME, candidates and free text from the others.
 */
import * as z from 'zod';

export const mediaKind = z.enum(['audio', 'video']);
export const trackSource = z.enum(['microphone', 'camera', 'screen', 'screen-audio']);
export type TrackSource = z.infer<typeof trackSource>;

const payloadType = z.int().min(0).max(127);
const ssrc = z.int().min(0).max(0xffffffff);
const codecParameters = z.record(z.string().max(64), z.union([z.string().max(256), z.number()]));
const rtcpFeedback = z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() });
const mimeType = z.string().regex(/^(audio|video)\/[A-Za-z0-9.-]{1,32}$/);
const signalledMimeType = z.string().regex(/^(audio|video)\/(opus|VP8|VP9|H264|AV1|rtx)$/i);
const scalabilityMode = z.string().regex(/^[LS][1-3]T[1-3](h|_KEY|_KEY_SHIFT)?$/);
const extensionId = z.int().min(1).max(14);

/** RFC 8285 header extensions that Veilcast negotiates; none carries free text. */
export const headerExtensionUri = z.enum([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:3gpp:video-orientation',
  'urn:ietf:params:rtp-hdrext:toffset',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'urn:mediasoup:params:rtp-hdrext:packet-id',
]);

export const rtpCapabilities = z
  .object({
    codecs: z
      .array(
        z.object({
          kind: mediaKind,
          mimeType,
          preferredPayloadType: payloadType,
          clockRate: z.int().positive(),
          channels: z.int().min(1).max(8).optional(),
          parameters: codecParameters.optional(),
          rtcpFeedback: z.array(rtcpFeedback).max(16).optional(),
        }),
      )
      .max(64),
    headerExtensions: z
      .array(
        z.object({
          kind: mediaKind,
          uri: headerExtensionUri,
          preferredId: extensionId,
          preferredEncrypt: z.boolean().optional(),
          direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
        }),
      )
      .max(32),
  })
  .meta({ id: 'RtpCapabilities', description: 'RTCRtpCapabilities in the ORTC form of mediasoup.' });
export type RtpCapabilities = z.infer<typeof rtpCapabilities>;

export const rtpParameters = z
  .object({
    mid: z.string().max(16).optional(),
    codecs: z
      .array(
        z.object({
          mimeType,
          payloadType,
          clockRate: z.int().positive(),
          channels: z.int().min(1).max(8).optional(),
          parameters: codecParameters.optional(),
          rtcpFeedback: z.array(rtcpFeedback).max(16).optional(),
        }),
      )
      .min(1)
      .max(8),
    headerExtensions: z
      .array(z.object({ uri: headerExtensionUri, id: extensionId, encrypt: z.boolean().optional() }))
      .max(16)
      .optional(),
    encodings: z
      .array(
        z.object({
          ssrc: ssrc.optional(),
          rid: z
            .string()
            .regex(/^[A-Za-z0-9]{1,16}$/)
            .optional(),
          codecPayloadType: payloadType.optional(),
          rtx: z.object({ ssrc }).optional(),
          dtx: z.boolean().optional(),
          scalabilityMode: scalabilityMode.optional(),
          scaleResolutionDownBy: z.number().min(1).max(16).optional(),
          maxBitrate: z.int().positive().optional(),
        }),
      )
      .min(1)
      .max(4),
    /** A client cannot set the CNAME: the server chooses one per session. */
    rtcp: z.object({ reducedSize: z.boolean().optional() }).optional(),
  })
  .meta({ id: 'RtpParameters', description: 'RTCRtpParameters in the ORTC form of mediasoup.' });
export type RtpParameters = z.infer<typeof rtpParameters>;

/**
 * Values of format parameters that one client may pass to another: numbers, and text such as `42e01f`. There is no room
 * for an address.
 */
export const signalledCodecParameter = z.union([z.number(), z.string().regex(/^[0-9A-Fa-f]{1,6}$/)]);

/** What a receiver gets: like `rtpParameters`, but with the server's own CNAME and no text from the sender. */
export const receivedRtpParameters = rtpParameters
  .extend({
    mid: z
      .string()
      .regex(/^\d{1,8}$/)
      .optional(),
    codecs: z
      .array(
        z.object({
          mimeType: signalledMimeType,
          payloadType,
          clockRate: z.int().positive(),
          channels: z.int().min(1).max(8).optional(),
          parameters: z.record(z.string().max(32), signalledCodecParameter).optional(),
          rtcpFeedback: z
            .array(
              z.object({
                type: z.enum(['nack', 'ccm', 'goog-remb', 'transport-cc']),
                parameter: z.enum(['', 'pli', 'fir']).optional(),
              }),
            )
            .max(16)
            .optional(),
        }),
      )
      .min(1)
      .max(8),
    encodings: z
      .array(
        z.object({
          ssrc: ssrc.optional(),
          codecPayloadType: payloadType.optional(),
          rtx: z.object({ ssrc }).optional(),
          dtx: z.boolean().optional(),
          scalabilityMode: scalabilityMode.optional(),
          maxBitrate: z.int().positive().optional(),
        }),
      )
      .min(1)
      .max(4),
    rtcp: z.object({ cname: z.string().regex(/^[a-z0-9]{8}$/), reducedSize: z.boolean().optional() }).optional(),
  })
  .meta({ id: 'ReceivedRtpParameters' });
export type ReceivedRtpParameters = z.infer<typeof receivedRtpParameters>;

export const dtlsParameters = z
  .object({
    role: z.enum(['auto', 'client', 'server']).optional(),
    fingerprints: z
      .array(
        z.object({
          algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
          value: z.string().regex(/^([0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2}$/),
        }),
      )
      .min(1)
      .max(5),
  })
  .meta({ id: 'DtlsParameters', description: 'Fingerprints (RFC 8122) and the DTLS role.' });
export type DtlsParameters = z.infer<typeof dtlsParameters>;

export const iceParameters = z
  .object({ usernameFragment: z.string(), password: z.string(), iceLite: z.boolean().optional() })
  .meta({ id: 'IceParameters' });
export type IceParameters = z.infer<typeof iceParameters>;

/** A candidate of the server. There is no schema for one of a client, since none is ever accepted. */
export const serverCandidate = z
  .object({
    foundation: z.enum(['udpcandidate', 'tcpcandidate']),
    priority: z.int(),
    address: z.string(),
    ip: z.string(),
    port: z.int().min(1).max(65535),
    protocol: z.enum(['udp', 'tcp']),
    type: z.literal('host'),
    tcpType: z.literal('passive').optional(),
  })
  .meta({ id: 'ServerCandidate', description: 'A configured address of the server (RFC 8839), ICE-lite.' });

/** A TURN server (RFC 8656) through which a client can reach the server's candidates, and nothing else. */
export const turnServer = z
  .object({
    urls: z.array(z.string().regex(/^turns?:/)).min(1),
    username: z.string().regex(/^\d+:[A-Za-z0-9_-]{16}$/),
    credential: z.string().regex(/^[A-Za-z0-9+/]{27}=$/),
  })
  .meta({ id: 'TurnServer', description: 'RTCIceServer: a TURN server with short-lived credentials.' });
export type TurnServer = z.infer<typeof turnServer>;

export const transportOptions = z
  .object({
    id: z.uuid(),
    iceParameters,
    iceCandidates: z.array(serverCandidate),
    dtlsParameters,
  })
  .meta({ id: 'TransportOptions' });
export type TransportOptions = z.infer<typeof transportOptions>;

export const direction = z.enum(['send', 'receive']);
export type Direction = z.infer<typeof direction>;
