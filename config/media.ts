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

/** In the order of preference that clients follow. */
export const routerCodecs: RouterCodec[] = [
  opus,
  video('video/VP8'),
  video('video/VP9', { 'profile-id': 0 }),
  video('video/H264', { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 }),
  video('video/AV1', { profile: 0 }),
];

/** Socket buffers of the media ports: with the kernel's default about 1 % of packets are lost at full load. */
export const mediaSocketBufferBytes = 4 * 1024 * 1024;

/** What one session may send in all: camera in three layers and a screen. */
export const mediaMaxIncomingBitrate = 8_000_000;

/**
 * When a broadcast takes another worker beside the one that it is on: before its consumers fill a core, of which about
 * 1,800 of sound and picture do, and before calls that share the worker suffer.
 */
export const mediaOutgrownAt = { consumers: 1_000, cpuShare: 0.6 } as const;

/** A media worker's limit: 4,096 TCP connections (deploy/worker), its sockets, and room for what ends. */
export const mediaWorkerOpenFiles = 8_192;

/** The recipe of the media worker that this release needs: `revision` in deploy/worker/recipe.mjs. */
export const mediaWorkerRecipe = 2;
