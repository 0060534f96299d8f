/** A device's session in a call: both transports, its sound, and what it hears of the others. */
import { randomUUID } from 'node:crypto';
import type { Signalling } from '../../client/connection/signalling.ts';
import { VeilcastError } from '../../client/support/errors.ts';
import type { RtpCapabilities } from '../../protocol/shared/media.ts';
import type { Subscription } from '../../protocol/socket/notifications.ts';
import type { RequestInput, RequestResult } from '../../protocol/socket/requests.ts';
import { within } from '../../support/deadline.ts';
import type { SentPackets } from '../figures/sentPackets.ts';
import { ReceivedStream } from '../figures/stream.ts';
import type { MediaTally } from '../figures/tally.ts';
import type { Identity } from '../media/openssl.ts';
import type { RtpHeader } from '../media/rtp.ts';
import { slowest } from '../media/connectingTimes.ts';
import type { ConnectingTimes } from '../media/connectingTimes.ts';
import { MediaTransport } from '../media/transport.ts';
import { Sound, soundClockRate } from './sound.ts';

/** What each user of a run says at present, by user id. */
export type Voices = Map<string, SentPackets>;
export interface SeatOptions {
  readonly userId: string;
  readonly voices: Voices;
  readonly signalling: Signalling;
  readonly ticket: RequestInput<'join'>['ticket'];
  readonly rtpCapabilities: RtpCapabilities;
  readonly identity: Identity;
  readonly mayReach: (address: string) => boolean;
  /** Undefined for a call that is not counted. */
  readonly tally: MediaTally | undefined;
}
export type SessionId = RequestResult<'join'>['sessionId'];

interface RemoteStream {
  readonly userId: string;
  readonly stream: ReceivedStream;
}

export class Seat {
  readonly sessionId: SessionId;
  readonly joinMs: number;
  readonly #options: SeatOptions;
  readonly #send: MediaTransport;
  readonly #receive: MediaTransport;
  readonly #sound: Sound;
  readonly #bySsrc = new Map<number, RemoteStream>();
  readonly #subscribed = new Set<string>();
  /** Who has been heard, and when first. */
  readonly #heardAt = new Map<string, number>();
  #listening: (() => void) | undefined;
  /** Why it can hear nobody new. */
  #fault: VeilcastError | undefined;
  #closed = false;

  private constructor(joined: RequestResult<'join'>, joinMs: number, options: SeatOptions) {
    this.sessionId = joined.sessionId;
    this.joinMs = joinMs;
    this.#options = options;
    const { identity, mayReach } = options;
    const onRtp = (header: RtpHeader, at: number) => {
      this.#hear(header, at);
    };
    this.#send = new MediaTransport({ transport: joined.send, identity, mayReach, onRtp });
    this.#receive = new MediaTransport({ transport: joined.receive, identity, mayReach, onRtp });
    this.#sound = new Sound(joined.routerRtpCapabilities, (packet) => {
      this.#send.send(packet);
    });
  }

  /** `registered` is called before anything else can come of the session. */
  static async take(
    options: SeatOptions,
    registered: (seat: Seat) => void,
  ): Promise<{ readonly seat: Seat; readonly ready: Promise<ConnectingTimes> }> {
    const { signalling, ticket, rtpCapabilities } = options;
    const beganAt = performance.now();
    const joined = await signalling.request('join', { ticket, rtpCapabilities });
    const seat = new Seat(joined, performance.now() - beganAt, options);
    registered(seat);
    return { seat, ready: seat.#connect(joined.subscriptions) };
  }

  /** Speaks as soon as its transport can send. */
  speak(): void {
    if (this.#closed) return;
    const { userId, voices } = this.#options;
    voices.set(userId, this.#sound.sent);
    this.#sound.start();
  }

  /** When the last of them was heard first. Rejects with `timed_out`, or with why it can hear nobody. */
  async hears(userIds: readonly string[], limitMs: number): Promise<number> {
    const whole = () => this.#fault !== undefined || userIds.every((userId) => this.#heardAt.has(userId));
    if (!whole()) {
      const heard = new Promise<void>((resolve) => {
        this.#listening = () => {
          if (whole()) resolve();
        };
      });
      await within(limitMs, heard, () => {
        throw new VeilcastError('timed_out');
      });
    }
    if (this.#fault !== undefined) throw this.#fault;
    return Math.max(...userIds.map((userId) => this.#heardAt.get(userId) ?? 0));
  }

  /** Tells whoever waits to hear somebody; when a call ends meanwhile, nobody does. */
  fail(fault: VeilcastError): void {
    this.#fault ??= fault;
    this.#listening?.();
  }

  /** A participant who left: their stream is over, and when they come back they count as not heard yet. */
  forget(userId: string): void {
    for (const [ssrc, heard] of this.#bySsrc) {
      if (heard.userId !== userId) continue;
      this.#options.tally?.ended(heard.stream.tallyAt(performance.now()));
      this.#bySsrc.delete(ssrc);
    }
    this.#heardAt.delete(userId);
  }

  /** Counts what was heard until now. What comes afterwards is not counted: somebody hangs up, and silence is right. */
  count(): void {
    const now = performance.now();
    for (const { stream } of this.#bySsrc.values()) this.#options.tally?.ended(stream.tallyAt(now));
    this.#bySsrc.clear();
  }

  async added(subscriptions: readonly Subscription[]): Promise<void> {
    const fresh = subscriptions.filter(({ subscriptionId }) => !this.#subscribed.has(subscriptionId));
    if (this.#closed || fresh.length === 0) return;
    for (const { subscriptionId, userId, rtpParameters } of fresh) {
      this.#subscribed.add(subscriptionId);
      const ssrc = rtpParameters.encodings[0]?.ssrc;
      if (ssrc === undefined) throw new VeilcastError('unexpected_message');
      const stream = new ReceivedStream(soundClockRate, () => this.#options.voices.get(userId));
      this.#bySsrc.set(ssrc, { userId, stream });
    }
    const subscriptionIds = fresh.map(({ subscriptionId }) => subscriptionId);
    await this.#options.signalling.request('ready', { sessionId: this.sessionId, subscriptionIds });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sound.stop();
    this.#send.close();
    this.#receive.close();
  }

  /** As the SDK does while it rings: publishes with the first request, so that to answer needs no more. */
  async #connect(subscriptions: readonly Subscription[]): Promise<ConnectingTimes> {
    const { signalling, identity } = this.#options;
    const { sessionId } = this;
    const dtlsParameters = {
      role: 'client' as const,
      fingerprints: [{ algorithm: 'sha-256' as const, value: identity.fingerprint }],
    };
    const { rtpParameters } = this.#sound;
    const tracks = [{ trackId: randomUUID(), kind: 'audio' as const, source: 'microphone' as const, rtpParameters }];
    const sending = signalling
      .request('publish', { sessionId, tracks, dtlsParameters })
      .then(() => this.#send.connect());
    const receiving = signalling
      .request('connect', { sessionId, direction: 'receive', dtlsParameters })
      .then(() => this.#receive.connect());
    const [one, other] = await Promise.all([sending, receiving, this.added(subscriptions)]);
    return slowest([one, other]);
  }

  #hear({ ssrc, ...header }: RtpHeader, at: number): void {
    const heard = this.#bySsrc.get(ssrc);
    if (heard === undefined) return;
    const ms = heard.stream.take(header, at);
    this.#options.tally?.onTheWay(ms);
    if (this.#heardAt.has(heard.userId)) return;
    this.#heardAt.set(heard.userId, at);
    this.#listening?.();
  }
}
