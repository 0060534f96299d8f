/** The receiving transport: the server's side is written as an offer, one section a subscription. */
import nodeDataChannel from 'node-datachannel';
import type { PeerConnection, Track } from 'node-datachannel';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { giveCandidates, whenConnected } from './connection.ts';
import type { SideOptions } from './connection.ts';
import { readRtp, startsKeyFrame } from './rtp.ts';
import { dtlsParametersOf, receivedSection, remoteSdp } from './sdp.ts';
import type { MediaSection } from './sdp.ts';

/** What has come in for one subscription. */
export interface Reception {
  readonly subscription: Subscription;
  packets: number;
  keyFrames: number;
  /** `performance.now()` of the first packet, and of the first key frame of a video. */
  firstPacketAt: number | undefined;
  firstKeyFrameAt: number | undefined;
}

/** Lets the transport connect before there is anything to receive. */
const placeholder: MediaSection = {
  mid: 'warm',
  kind: 'audio',
  direction: 'inactive',
  codecs: [{ payloadType: 100, name: 'opus', clockRate: 48000, channels: 2 }],
};

export class ReceivingSide {
  readonly receptions = new Map<string, Reception>();
  readonly #options: SideOptions;
  readonly #connection: PeerConnection;
  readonly #sections: MediaSection[] = [placeholder];
  /** Referenced here, or the library would drop them. */
  readonly #tracks: Track[] = [];
  readonly #bySsrc = new Map<number, Reception>();
  #connecting: Promise<void> | undefined;

  constructor(options: SideOptions) {
    this.#options = options;
    this.#connection = new nodeDataChannel.PeerConnection(`${options.name}-receive`, {
      iceServers: [],
      bindAddress: options.bindAddress,
      forceMediaTransport: true,
    });
    this.#connection.onTrack((track) => {
      track.onMessage((message) => {
        options.observe?.(message);
        this.#count(message);
      });
      this.#tracks.push(track);
    });
  }

  connect(): Promise<void> {
    return (this.#connecting ??= this.#connect());
  }

  add(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const { subscriptionId, kind, rtpParameters } = subscription;
      const section = receivedSection(kind, rtpParameters.mid ?? subscriptionId, rtpParameters);
      if (section.ssrc === undefined) throw new Error('a subscription without SSRC');
      const reception: Reception = {
        subscription,
        packets: 0,
        keyFrames: 0,
        firstPacketAt: undefined,
        firstKeyFrameAt: undefined,
      };
      this.receptions.set(subscriptionId, reception);
      this.#bySsrc.set(section.ssrc, reception);
      this.#sections.push(section);
    }
    if (this.#connecting !== undefined) this.#offer();
  }

  /** Their sections stay, as they do in a real client: they are only counted no more. */
  remove(subscriptionIds: readonly string[]): void {
    for (const subscriptionId of subscriptionIds) {
      const reception = this.receptions.get(subscriptionId);
      const ssrc = reception?.subscription.rtpParameters.encodings[0]?.ssrc;
      if (ssrc !== undefined) this.#bySsrc.delete(ssrc);
      this.receptions.delete(subscriptionId);
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #connect(): Promise<void> {
    const connected = whenConnected(this.#connection);
    connected.catch(() => undefined);
    this.#offer();
    const local = this.#connection.localDescription();
    if (local === null) throw new Error('there is no local description');
    await this.#options.connect(dtlsParametersOf(local.sdp));
    giveCandidates(this.#connection, this.#options.transport, placeholder.mid);
    await connected;
  }

  #offer(): void {
    this.#connection.setRemoteDescription(remoteSdp(this.#options.transport, this.#sections, 'actpass'), 'offer');
  }

  #count(message: Buffer): void {
    const packet = readRtp(message);
    const reception = packet === undefined ? undefined : this.#bySsrc.get(packet.ssrc);
    if (packet === undefined || reception === undefined) return;
    reception.packets += 1;
    reception.firstPacketAt ??= performance.now();
    this.#options.hear?.(reception.subscription, packet.payload);
    if (reception.subscription.kind === 'video' && startsKeyFrame(packet.payload)) {
      reception.keyFrames += 1;
      reception.firstKeyFrameAt ??= performance.now();
    }
  }
}
