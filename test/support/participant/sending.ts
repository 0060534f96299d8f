/** The sending transport: every source has its section from the start, so that publishing needs no negotiation. */
import { randomInt } from 'node:crypto';
import nodeDataChannel from 'node-datachannel';
import type { PeerConnection, Track } from 'node-datachannel';
import type { DtlsParameters, RtpCapabilities, RtpParameters } from '../../../src/protocol/shared/media.ts';
import { giveCandidates, whenConnected } from './connection.ts';
import type { SideOptions } from './connection.ts';
import { audioLevelExtensionId, RtpStream } from '../../../src/load/media/rtp.ts';
import { keyFrameRequests, readRtp, videoFrame } from './rtp.ts';
import { dtlsParametersOf, remoteSdp } from './sdp.ts';

export type Source = 'microphone' | 'camera' | 'screen';
export interface SourceDescription {
  readonly kind: 'audio' | 'video';
  readonly source: Source;
  readonly rtpParameters: RtpParameters;
}

interface Outgoing {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly track: Track;
  readonly stream: RtpStream;
  keyFrameDue: boolean;
  keyFramesAsked: number;
  timer: NodeJS.Timeout | undefined;
}

const audioEveryMs = 20;
const videoEveryMs = 33;

export class SendingSide {
  readonly #options: SideOptions;
  readonly #connection: PeerConnection;
  readonly #outgoing = new Map<Source, Outgoing>();
  readonly #payloadTypes: Readonly<Record<'audio' | 'video', number>>;
  #connecting: Promise<void> | undefined;

  constructor(options: SideOptions & { readonly capabilities: RtpCapabilities }) {
    this.#options = options;
    this.#payloadTypes = { audio: payloadTypeOf(options, 'audio/opus'), video: payloadTypeOf(options, 'video/VP8') };
    this.#connection = new nodeDataChannel.PeerConnection(`${options.name}-send`, {
      iceServers: [],
      bindAddress: options.bindAddress,
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#add('microphone', 'audio');
    this.#add('camera', 'video');
    this.#add('screen', 'video');
  }

  /** Once: `first` carries the DTLS parameters to the server; later calls are `again`. */
  async connect(
    first: (dtls: DtlsParameters) => Promise<void> = this.#options.connect,
    again: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    if (this.#connecting !== undefined) {
      await Promise.all([this.#connecting, again()]);
      return;
    }
    this.#connecting = this.#connect(first);
    await this.#connecting;
  }

  describe(source: Source): SourceDescription {
    const { kind, ssrc, payloadType } = this.#of(source);
    const codec =
      kind === 'audio'
        ? { mimeType: 'audio/opus', payloadType, clockRate: 48000, channels: 2, parameters: { useinbandfec: 1 } }
        : {
            mimeType: 'video/VP8',
            payloadType,
            clockRate: 90000,
            rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
          };
    return {
      kind,
      source,
      rtpParameters: {
        codecs: [codec],
        headerExtensions:
          kind === 'audio' ? [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: audioLevelExtensionId }] : [],
        encodings: [{ ssrc }],
        rtcp: { reducedSize: true },
      },
    };
  }

  start(source: Source): void {
    const outgoing = this.#of(source);
    outgoing.keyFrameDue = true;
    outgoing.timer ??= setInterval(
      () => {
        this.#sendNext(outgoing);
      },
      outgoing.kind === 'audio' ? audioEveryMs : videoEveryMs,
    );
  }

  stop(source: Source): void {
    const outgoing = this.#of(source);
    clearInterval(outgoing.timer);
    outgoing.timer = undefined;
  }

  /** Any bytes, as a hostile client would send them; false when they could not be sent. */
  sendRaw(source: Source, packet: Buffer): boolean {
    try {
      return this.#of(source).track.sendMessageBinary(packet);
    } catch {
      return false;
    }
  }

  keyFramesAsked(source: Source): number {
    return this.#of(source).keyFramesAsked;
  }

  close(): void {
    for (const source of this.#outgoing.keys()) this.stop(source);
    this.#connection.close();
  }

  #add(source: Source, kind: 'audio' | 'video'): void {
    const mid = String(this.#outgoing.size);
    const ssrc = randomInt(1, 0xffffffff);
    const payloadType = this.#payloadTypes[kind];
    const media =
      kind === 'audio' ? new nodeDataChannel.Audio(mid, 'SendOnly') : new nodeDataChannel.Video(mid, 'SendOnly');
    if (media instanceof nodeDataChannel.Audio) media.addOpusCodec(payloadType);
    else media.addVP8Codec(payloadType);
    media.addSSRC(ssrc, 'participant');
    const track = this.#connection.addTrack(media);
    const stream = new RtpStream({ ssrc, payloadType, tick: kind === 'audio' ? 960 : 2970 });
    const outgoing: Outgoing = {
      source,
      kind,
      mid,
      ssrc,
      payloadType,
      track,
      stream,
      keyFrameDue: true,
      keyFramesAsked: 0,
      timer: undefined,
    };
    track.onMessage((message) => {
      this.#options.observe?.(message);
      if (readRtp(message) !== undefined || !keyFrameRequests(message).includes(ssrc)) return;
      outgoing.keyFramesAsked += 1;
      outgoing.keyFrameDue = true;
      // As an encoder would: the next frame is the key frame, without waiting for the frame clock.
      if (outgoing.timer !== undefined) this.#sendNext(outgoing);
    });
    this.#outgoing.set(source, outgoing);
  }

  async #connect(tell: (dtls: DtlsParameters) => Promise<void>): Promise<void> {
    const { transport } = this.#options;
    const connected = whenConnected(this.#connection);
    connected.catch(() => undefined);
    this.#connection.setLocalDescription('offer');
    const local = this.#connection.localDescription();
    if (local === null) throw new Error('there is no local description');
    await tell(dtlsParametersOf(local.sdp));
    const sections = [...this.#outgoing.values()].map(({ mid, kind, payloadType }) => ({
      mid,
      kind,
      direction: 'recvonly' as const,
      codecs: [
        kind === 'audio'
          ? { payloadType, name: 'opus', clockRate: 48000, channels: 2 }
          : { payloadType, name: 'VP8', clockRate: 90000 },
      ],
    }));
    this.#connection.setRemoteDescription(remoteSdp(transport, sections, 'passive'), 'answer');
    giveCandidates(this.#connection, transport, '0');
    await connected;
  }

  #sendNext({ kind, stream, track, ...outgoing }: Outgoing): void {
    if (!track.isOpen()) return;
    try {
      track.sendMessageBinary(
        kind === 'audio'
          ? stream.audio(this.#options.say?.(stream.timestamp))
          : stream.packet(videoFrame(outgoing.keyFrameDue)),
      );
    } catch (error) {
      // The library's own thread may have closed it since it was asked.
      if (track.isOpen()) throw error;
      return;
    }
    if (kind === 'video') this.#of(outgoing.source).keyFrameDue = false;
  }

  #of(source: Source): Outgoing {
    const outgoing = this.#outgoing.get(source);
    if (outgoing === undefined) throw new Error(`there is no ${source}`);
    return outgoing;
  }
}

function payloadTypeOf({ capabilities }: { capabilities: RtpCapabilities }, mimeType: string): number {
  const codec = capabilities.codecs.find((one) => one.mimeType === mimeType);
  if (codec === undefined) throw new Error(`the server takes no ${mimeType}`);
  return codec.preferredPayloadType;
}
