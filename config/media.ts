/** Codecs and header extensions of every broadcast, as data for mediasoup. */
import type { types } from 'mediasoup';

type RouterCodec = types.RouterRtpCodecCapability;

/** No RED (RFC 2198): mediasoup 3.27 takes no such codec. In-band FEC covers single losses. */
const opus: RouterCodec = {
  kind: 'audio',
  mimeType: 'audio/opus',
  clockRate: 48000,
  channels: 2,
  parameters: { useinbandfec: 1, minptime: 10 },
};

function video(mimeType: `video/${string}`, parameters: Record<string, string | number> = {}): RouterCodec {
  return { kind: 'video', mimeType, clockRate: 90000, parameters };
}

/** In order of preference; clients follow it. */
export const routerCodecs: RouterCodec[] = [
  opus,
  video('video/VP8'),
  video('video/VP9', { 'profile-id': 0 }),
  video('video/H264', { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 }),
  video('video/AV1', { profile: 0 }),
];

/** Socket buffers of the media ports. With the kernel's default, about 1 % of packets are lost at full load. */
export const mediaSocketBufferBytes = 4 * 1024 * 1024;

/** Limit for all that one session sends: a camera in three layers and a screen. */
export const mediaMaxIncomingBitrate = 8_000_000;

/**
 * When a broadcast also uses another worker: before its consumers fill a core (about 1,800 of sound and picture do),
 * and before other calls on the worker suffer.
 */
export const mediaOutgrownAt = { consumers: 1_000, cpuShare: 0.6 } as const;

/**
 * Open files of a media worker: 4,096 TCP connections (deploy/worker), its sockets, and room for those that are
 * closing.
 */
export const mediaWorkerOpenFiles = 8_192;

/** Recipe of the media worker that this release needs: `revision` in deploy/worker/recipe.mjs. */
export const mediaWorkerRecipe = 2;
