/** Maps between mediasoup's types and the protocol's. Only named fields get out, and only configured addresses. */
import { ortc } from 'mediasoup';
import type { types } from 'mediasoup';
import { CallError } from '../../../domain/kernel/errors.ts';
import {
  receivedRtpParameters,
  rtpCapabilities,
  rtpParameters,
  signalledCodecParameter,
  transportOptions,
} from '../../../protocol/shared/media.ts';
import type {
  ReceivedRtpParameters,
  RtpCapabilities,
  RtpParameters,
  TransportOptions,
} from '../../../protocol/shared/media.ts';

/** Extensions that nothing needs here. Each would tell receivers one more thing about a sender. */
const unoffered: ReadonlySet<string> = new Set([
  'urn:ietf:params:rtp-hdrext:toffset',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'urn:mediasoup:params:rtp-hdrext:packet-id',
]);

/** Format parameters of the offered codecs. Others of a sender would reach receivers as free text. */
const knownCodecParameters: ReadonlySet<string> = new Set([
  ...['useinbandfec', 'usedtx', 'minptime', 'maxptime', 'ptime', 'stereo', 'sprop-stereo', 'cbr'],
  ...['maxaveragebitrate', 'maxplaybackrate', 'sprop-maxcapturerate'],
  ...['packetization-mode', 'profile-level-id', 'level-asymmetry-allowed', 'profile-id'],
  ...['profile', 'level-idx', 'tier', 'max-fr', 'max-fs', 'apt', 'rtx-time'],
  ...['x-google-start-bitrate', 'x-google-min-bitrate', 'x-google-max-bitrate'],
]);

/** JSON has no undefined: absent and undefined fields are equal on the wire. */
type Known<T> = T extends readonly (infer Item)[]
  ? Known<Item>[]
  : T extends object
    ? { [K in keyof T]: Known<Exclude<T[K], undefined>> }
    : T;
function known<T>(value: T): Known<T>;
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => known(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries.filter(([, field]) => field !== undefined).map(([key, field]) => [key, known(field)]),
  );
}

export function offeredCapabilities(codecs: readonly types.RouterRtpCodecCapability[]): RtpCapabilities {
  const offered = rtpCapabilities.parse(ortc.generateRouterRtpCapabilities([...codecs]));
  return { ...offered, headerExtensions: offered.headerExtensions.filter(({ uri }) => !unoffered.has(uri)) };
}

/** The client's capabilities, limited to those offered. Throws `unsupported_media`. */
export function toCapabilities(capabilities: RtpCapabilities): types.RtpCapabilities {
  const checked = known({
    codecs: capabilities.codecs,
    headerExtensions: capabilities.headerExtensions.filter(({ uri }) => !unoffered.has(uri)),
  });
  supported(() => {
    ortc.validateAndNormalizeRtpCapabilities(checked);
  });
  return checked;
}

/** What a client declares to send, checked against what the broadcast takes. Throws `unsupported_media`. */
export function toProducerParameters(
  kind: types.MediaKind,
  parameters: RtpParameters,
  offered: RtpCapabilities,
): types.RtpParameters {
  const checked: types.RtpParameters = known({
    ...rtpParameters.parse(parameters),
    codecs: parameters.codecs.map((codec) => ({ ...codec, parameters: knownParameters(codec.parameters) })),
    headerExtensions: parameters.headerExtensions?.filter(({ uri }) => !unoffered.has(uri)),
  });
  if (checked.codecs.some(({ mimeType }) => !mimeType.toLowerCase().startsWith(`${kind}/`))) {
    throw new CallError('unsupported_media');
  }
  supported(() => {
    const copy = structuredClone(checked);
    ortc.validateAndNormalizeRtpParameters(copy);
    ortc.getProducerRtpParametersMapping(copy, structuredClone(known(offered)));
  });
  return checked;
}

function knownParameters(parameters: Record<string, string | number> = {}): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(parameters).filter(
      ([key, value]) => knownCodecParameters.has(key) && signalledCodecParameter.safeParse(value).success,
    ),
  );
}

function supported(check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new CallError('unsupported_media', { cause });
  }
}

export function fromConsumerParameters(parameters: types.RtpParameters): ReceivedRtpParameters {
  return receivedRtpParameters.parse(parameters);
}

/** RTP parameters of a track from another node. */
export function toPipedParameters(parameters: ReceivedRtpParameters): types.RtpParameters {
  return known(parameters);
}

/** Address of this server's media, as clients see it. */
export interface MediaAddress {
  readonly address: string;
  readonly port: number;
}

type TransportFacts = Pick<types.WebRtcTransport, 'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>;

/** Fails closed: candidates other than the configured addresses never reach a client. */
export function fromTransport(transport: TransportFacts, announced: readonly MediaAddress[]): TransportOptions {
  const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
  const foreign = iceCandidates.some(
    (candidate) =>
      candidate.ip !== candidate.address ||
      !announced.some(({ address, port }) => candidate.address === address && candidate.port === port),
  );
  if (foreign || iceCandidates.length === 0) throw new CallError('internal');
  return transportOptions.parse({ id, iceParameters, iceCandidates, dtlsParameters });
}
