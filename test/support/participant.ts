/**
 * A headless participant with real ICE, DTLS and SRTP, on node-datachannel. It has no signalling of its own: what it
 * asks of the server goes through the functions that it is given, the port itself or a WebSocket.
 */
import { randomInt, randomUUID } from 'node:crypto';
import nodeDataChannel from 'node-datachannel';
import type { DtlsParameters, RtpCapabilities, TransportOptions } from '../../src/protocol/shared/media.ts';
import type { Subscription } from '../../src/protocol/socket/notifications.ts';
import type { RequestInput } from '../../src/protocol/socket/requests.ts';
import { ReceivingSide } from './participant/receiving.ts';
import type { Reception } from './participant/receiving.ts';
import { SendingSide } from './participant/sending.ts';
import type { Source, SourceDescription } from './participant/sending.ts';

export interface ParticipantSignalling {
  connect(direction: 'send' | 'receive', dtls: DtlsParameters): Promise<void>;
  publish(tracks: RequestInput<'publish'>['tracks'], dtls?: DtlsParameters): Promise<void>;
  ready(subscriptionIds: string[]): Promise<void>;
}
export interface ParticipantOptions {
  readonly send: TransportOptions;
  readonly receive: TransportOptions;
  readonly routerRtpCapabilities: RtpCapabilities;
  readonly subscriptions: readonly Subscription[];
  readonly signalling: ParticipantSignalling;
  /** The address that its own sockets are bound to. */
  readonly bindAddress?: string;
  /** Sees every RTP and RTCP packet that comes in, decrypted. */
  readonly observe?: ((packet: Buffer) => void) | undefined;
  /** What is said in each packet of audio, and what is heard in each that comes in. */
  readonly say?: ((timestamp: number) => Buffer) | undefined;
  readonly hear?: ((subscription: Subscription, payload: Buffer) => void) | undefined;
}
export type { Reception, Source };

export async function createParticipant(options: ParticipantOptions): Promise<Participant> {
  const participant = new Participant(options);
  await participant.subscribed(options.subscriptions);
  return participant;
}

export class Participant {
  readonly #options: ParticipantOptions;
  readonly #sending: SendingSide;
  readonly #receiving: ReceivingSide;
  readonly #trackIds = new Map<Source, string>();

  constructor(options: ParticipantOptions) {
    this.#options = options;
    const { send, receive, routerRtpCapabilities: capabilities, signalling } = options;
    const { bindAddress = '127.0.0.1', observe, say, hear } = options;
    const name = `participant-${randomInt(1e9)}`;
    this.#sending = new SendingSide({
      name,
      transport: send,
      capabilities,
      bindAddress,
      observe,
      say,
      connect: (dtls) => signalling.connect('send', dtls),
    });
    this.#receiving = new ReceivingSide({
      name,
      transport: receive,
      bindAddress,
      observe,
      hear,
      connect: (dtls) => signalling.connect('receive', dtls),
    });
  }

  /** Connects both transports (ICE and DTLS) without publishing anything. */
  async warm(): Promise<void> {
    await Promise.all([this.#sending.connect(), this.#receiving.connect()]);
  }

  /** Publishes sources and begins to send them; the first time connects the transport with the same request. */
  async publish(sources: readonly Source[], { paused = false } = {}): Promise<void> {
    const tracks = sources.map((source) => {
      const trackId = randomUUID();
      this.#trackIds.set(source, trackId);
      return { trackId, paused, ...this.#sending.describe(source) };
    });
    await this.#sending.connect(
      (dtls) => this.#options.signalling.publish(tracks, dtls),
      () => this.#options.signalling.publish(tracks),
    );
    for (const source of sources) this.#sending.start(source);
  }

  trackId(source: Source): string {
    const trackId = this.#trackIds.get(source);
    if (trackId === undefined) throw new Error(`${source} is not published`);
    return trackId;
  }

  stop(source: Source): void {
    this.#sending.stop(source);
  }

  /** Takes up subscriptions that the server has offered and says `ready`. */
  async subscribed(subscriptions: readonly Subscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    this.#receiving.add(subscriptions);
    await this.#receiving.connect();
    await this.#options.signalling.ready(subscriptions.map(({ subscriptionId }) => subscriptionId));
  }

  unsubscribed(subscriptionIds: readonly string[]): void {
    this.#receiving.remove(subscriptionIds);
  }

  /** How a source would be published. */
  describe(source: Source): SourceDescription {
    return this.#sending.describe(source);
  }

  /** Any RTP or RTCP, encrypted as it must be and otherwise sent as it is. */
  sendRaw(source: Source, packet: Buffer): boolean {
    return this.#sending.sendRaw(source, packet);
  }

  /** What has come in, by subscription. */
  get receptions(): ReadonlyMap<string, Reception> {
    return this.#receiving.receptions;
  }

  /** How often the server has asked for a key frame of a source. */
  keyFramesAsked(source: Source): number {
    return this.#sending.keyFramesAsked(source);
  }

  /** Every address that the server told this participant. */
  get candidates(): TransportOptions['iceCandidates'] {
    return [...this.#options.send.iceCandidates, ...this.#options.receive.iceCandidates];
  }

  close(): void {
    this.#sending.close();
    this.#receiving.close();
  }
}

/** When every participant is closed: the library's threads keep the process alive otherwise. */
export function cleanUpParticipants(): void {
  nodeDataChannel.cleanup();
}
