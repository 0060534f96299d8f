/** How tracks are encoded, and the passage between the types of the wire and those of mediasoup-client. */
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { custom } from 'zod';
import { receivedRtpParameters, rtpCapabilities } from '../../protocol/shared/media.ts';
import type { RtpCapabilities, TrackSource } from '../../protocol/shared/media.ts';
import { VeilcastError } from '../support/errors.ts';
import { usualLayers } from './sentLayers.ts';

/** The same dictionaries: checked by the schema of the wire, called by mediasoup-client's name. */
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
 * As senders of a sensitive call take them: Opus at a constant bit rate (`cbr`, RFC 7587 §6.1), since the packet sizes of
 * variable-rate speech give words away (RFC 6562 §3).
 */
function atConstantRate(capabilities: types.RtpCapabilities): types.RtpCapabilities {
  const codecs = (capabilities.codecs ?? []).map((codec) =>
    codec.mimeType.toLowerCase() === 'audio/opus' ? { ...codec, parameters: { ...codec.parameters, cbr: 1 } } : codec,
  );
  return { ...capabilities, codecs };
}

/** Leaves out what the wire does not name, such as extensions that the server would not use. */
export function toWireCapabilities(capabilities: types.RtpCapabilities): RtpCapabilities {
  return rtpCapabilities.parse(capabilities);
}

export type ProduceOptions = Pick<types.ProducerOptions, 'encodings' | 'codecOptions'>;

/**
 * Several layers even for two people: a single one does not bend to a slow receiver. At first only the smallest is sent: its
 * key frame has the wire to itself, and is there long before those of all sizes would be.
 */
const simulcast: types.RtpEncodingParameters[] = usualLayers.map(({ scaleResolutionDownBy, maxBitrate }, layer) => ({
  scaleResolutionDownBy,
  maxBitrate,
  scalabilityMode: 'L1T3',
  active: layer === 0,
}));

/**
 * A screen may stand still for minutes. With temporal layers a receiver waits for a layer that a still screen does not send, so
 * it has none, but for AV1, whose dependency descriptor mediasoup needs and which Chromium sends with a scalability mode alone.
 */
function screenEncoding(codec: string | undefined): types.RtpEncodingParameters {
  return { maxBitrate: 2_500_000, ...(codec?.toLowerCase() === 'video/av1' ? { scalabilityMode: 'L1T3' } : {}) };
}

const voice: ProduceOptions = { codecOptions: { opusStereo: false, opusFec: true, opusDtx: false } };

/** What the estimate of the upload starts from, in kbit/s: enough for a good first picture. */
const startBitrate = { videoGoogleStartBitrate: 1000 };

/** Copies, since mediasoup-client writes into what it is given. `videoCodec` is the MIME type that video is sent as. */
export function produceOptions(source: TrackSource, videoCodec?: string): ProduceOptions {
  switch (source) {
    case 'microphone':
      return structuredClone(voice);
    case 'screen-audio':
      return { codecOptions: { opusStereo: true, opusFec: true, opusDtx: false } };
    case 'camera':
      return { encodings: structuredClone(simulcast), codecOptions: { ...startBitrate } };
    case 'screen':
      return { encodings: [screenEncoding(videoCodec)], codecOptions: { ...startBitrate } };
  }
}

interface Carrier {
  readonly routerRtpCapabilities: RtpCapabilities;
}

/** Throws `media_unsupported`. */
export function loadDevice({ routerRtpCapabilities }: Carrier): Promise<Device> {
  return deviceFor(toMediasoupCapabilities(routerRtpCapabilities));
}

/** For calls whose audio goes at a constant bit rate. */
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
