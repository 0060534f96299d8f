/** How tracks are encoded, and the conversion between the protocol's types and those of mediasoup-client. */
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { custom } from 'zod';
import { receivedRtpParameters, rtpCapabilities } from '../../protocol/shared/media.ts';
import type { RtpCapabilities, TrackSource } from '../../protocol/shared/media.ts';
import { VeilcastError } from '../support/errors.ts';
import { usualLayers } from './simulcastLayers.ts';

/** The same dictionaries: checked by the protocol's schema, typed as mediasoup-client's. */
const forMediasoup = {
  rtpCapabilities: custom<types.RtpCapabilities>((value) => rtpCapabilities.safeParse(value).success),
  rtpParameters: custom<types.RtpParameters>((value) => receivedRtpParameters.safeParse(value).success),
};

function toMediasoupCapabilities(value: unknown): types.RtpCapabilities {
  return forMediasoup.rtpCapabilities.parse(value);
}

export function toMediasoupParameters(value: unknown): types.RtpParameters {
  return forMediasoup.rtpParameters.parse(value);
}

/**
 * The capabilities for senders of a sensitive call: Opus at a constant bit rate (`cbr`, RFC 7587 §6.1). At a variable
 * rate, packet sizes reveal spoken words (RFC 6562 §3).
 */
function atConstantRate(capabilities: types.RtpCapabilities): types.RtpCapabilities {
  const codecs = (capabilities.codecs ?? []).map((codec) =>
    codec.mimeType.toLowerCase() === 'audio/opus' ? { ...codec, parameters: { ...codec.parameters, cbr: 1 } } : codec,
  );
  return { ...capabilities, codecs };
}

/** Leaves out what the protocol does not name, such as header extensions that the server would not use. */
export function toWireCapabilities(capabilities: types.RtpCapabilities): RtpCapabilities {
  return rtpCapabilities.parse(capabilities);
}

export type ProduceOptions = Pick<types.ProducerOptions, 'encodings' | 'codecOptions'>;

/**
 * Several layers even for two people, since a single one cannot adapt to a slow receiver. Only the smallest is sent at
 * first: its key frame has the whole bandwidth, and arrives long before key frames of all sizes would.
 */
const simulcast: types.RtpEncodingParameters[] = usualLayers.map(({ scaleResolutionDownBy, maxBitrate }, layer) => ({
  scaleResolutionDownBy,
  maxBitrate,
  scalabilityMode: 'L1T3',
  active: layer === 0,
}));

/** mediasoup forwards several encodings of these codecs alone, and refuses them of others. */
const simulcastCodecs = ['video/vp8', 'video/h264'];

/** Of a codec without simulcast, one encoding that starts as small as the smallest layer. */
function cameraEncodings(codec: string | undefined): types.RtpEncodingParameters[] {
  const hasSimulcast = codec === undefined || simulcastCodecs.includes(codec.toLowerCase());
  return structuredClone(hasSimulcast ? simulcast : simulcast.slice(0, 1));
}

/**
 * A screen may stand still for minutes. With temporal layers, a receiver would wait for a layer that a still screen
 * never sends, so there are none. AV1 is the exception: mediasoup needs its dependency descriptor, and Chromium sends
 * that only with a scalability mode.
 */
function screenEncoding(codec: string | undefined): types.RtpEncodingParameters {
  return { maxBitrate: 2_500_000, ...(codec?.toLowerCase() === 'video/av1' ? { scalabilityMode: 'L1T3' } : {}) };
}

const voice: ProduceOptions = { codecOptions: { opusStereo: false, opusFec: true, opusDtx: false } };

/** Start value of the send bandwidth estimate, in kbit/s: enough for a good first picture. */
const startBitrate = { videoGoogleStartBitrate: 1000 };

/**
 * Returns copies, since mediasoup-client changes its arguments. `videoCodec` is the MIME type of the video that is
 * sent.
 */
export function produceOptions(source: TrackSource, videoCodec?: string): ProduceOptions {
  switch (source) {
    case 'microphone':
      return structuredClone(voice);
    case 'screen-audio':
      return { codecOptions: { opusStereo: true, opusFec: true, opusDtx: false } };
    case 'camera':
      return { encodings: cameraEncodings(videoCodec), codecOptions: { ...startBitrate } };
    case 'screen':
      return { encodings: [screenEncoding(videoCodec)], codecOptions: { ...startBitrate } };
  }
}

interface Carrier {
  readonly routerRtpCapabilities: RtpCapabilities;
}

/** Rejects with `media_unsupported`. */
export function loadDevice({ routerRtpCapabilities }: Carrier): Promise<Device> {
  return deviceFor(toMediasoupCapabilities(routerRtpCapabilities));
}

/** For calls with audio at a constant bit rate. Rejects with `media_unsupported`. */
export function loadSteadyDevice({ routerRtpCapabilities }: Carrier): Promise<Device> {
  return deviceFor(atConstantRate(toMediasoupCapabilities(routerRtpCapabilities)));
}

async function deviceFor(routerRtpCapabilities: types.RtpCapabilities): Promise<Device> {
  try {
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities });
    return device;
  } catch (cause) {
    throw new VeilcastError('media_unsupported', { cause });
  }
}
