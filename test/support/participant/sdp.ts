/** The little SDP (RFC 8866, RFC 9429) that node-datachannel wants, written from ORTC dictionaries. */
import type { DtlsParameters, ReceivedRtpParameters, TransportOptions } from '../../../src/protocol/shared/media.ts';

export interface MediaSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly direction: 'sendonly' | 'recvonly' | 'inactive';
  readonly codecs: readonly Codec[];
  readonly ssrc?: number;
}
interface Codec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels?: number | undefined;
}

/** Candidates are left out: they are given when the server knows our fingerprint, else its first handshake is lost. */
export function remoteSdp(transport: TransportOptions, sections: readonly MediaSection[], setup: string): string {
  const { iceParameters, dtlsParameters } = transport;
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  if (fingerprint === undefined) throw new Error('the server has no sha-256 fingerprint');
  const lines = [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite'],
    `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic:WMS *',
  ];
  for (const section of sections) {
    lines.push(
      `m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${section.codecs.map(({ payloadType }) => payloadType).join(' ')}`,
      'c=IN IP4 0.0.0.0',
      `a=mid:${section.mid}`,
      `a=${section.direction}`,
      `a=ice-ufrag:${iceParameters.usernameFragment}`,
      `a=ice-pwd:${iceParameters.password}`,
      `a=fingerprint:sha-256 ${fingerprint.value}`,
      `a=setup:${setup}`,
      'a=rtcp-mux',
      ...section.codecs.map(rtpMap),
      ...(section.ssrc === undefined ? [] : [`a=ssrc:${section.ssrc} cname:veilcast`]),
    );
  }
  return lines.join('\r\n') + '\r\n';
}

function rtpMap({ payloadType, name, clockRate, channels }: Codec): string {
  return `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === undefined || channels === 1 ? '' : `/${channels}`}`;
}

export function receivedSection(kind: 'audio' | 'video', mid: string, parameters: ReceivedRtpParameters): MediaSection {
  const ssrc = parameters.encodings[0]?.ssrc;
  return {
    mid,
    kind,
    direction: 'sendonly',
    codecs: parameters.codecs
      .filter(({ mimeType }) => !mimeType.endsWith('/rtx'))
      .map(({ mimeType, payloadType, clockRate, channels }) => ({
        payloadType,
        name: mimeType.slice(mimeType.indexOf('/') + 1),
        clockRate,
        channels,
      })),
    ...(ssrc === undefined ? {} : { ssrc }),
  };
}

export function candidateLines({ iceCandidates }: TransportOptions): readonly string[] {
  return iceCandidates
    .filter(({ protocol }) => protocol === 'udp')
    .map(
      ({ foundation, priority, address, port }) =>
        `a=candidate:${foundation} 1 UDP ${priority} ${address} ${port} typ host`,
    );
}

/** We begin the handshake: the server needs no retransmission of a hello that came too early. */
export function dtlsParametersOf(localSdp: string): DtlsParameters {
  const [, value] = /^a=fingerprint:sha-256 (\S+)/im.exec(localSdp) ?? [];
  if (value === undefined) throw new Error('the local description has no fingerprint');
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] };
}
