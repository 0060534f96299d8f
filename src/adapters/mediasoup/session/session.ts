/**
 * One device in a broadcast: its two transports, what it publishes and what it receives. Decides nothing about other
 * sessions.
 */
import type { types } from 'mediasoup';
import type { Device } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { SessionId } from '../../../domain/kernel/ids.ts';
import type { TrackToPublish } from '../../../ports/media/sessionMedia.ts';
import type { SessionOwner } from '../../../ports/media/sessions.ts';
import type {
  Direction,
  DtlsParameters,
  IceParameters,
  RtpCapabilities,
  TransportOptions,
} from '../../../protocol/shared/media.ts';
import type { Subscription } from '../../../protocol/socket/notifications.ts';
import type { Ask, AskOptions } from '../workers/workerRequests.ts';
import type { BroadcastRouter } from '../routers/broadcastRouter.ts';
import { keyFrameRequestEveryMs } from './keyFrameRequests.ts';
import { PublishedTrack, TrackSubscription } from './track.ts';
import { fromTransport, toCapabilities, toProducerParameters } from '../workers/rtpMapping.ts';

const maxTracks = 8;
const kindOf = { microphone: 'audio', 'screen-audio': 'audio', camera: 'video', screen: 'video' } as const;

export interface SessionOptions {
  readonly id: SessionId;
  readonly device: Device;
  readonly ownerTerm: number;
  readonly mayPublish: boolean;
  readonly rtpCapabilities: RtpCapabilities;
  readonly offered: RtpCapabilities;
  readonly broadcastRouter: BroadcastRouter;
  /** It joined with a viewer's ticket and is no participant. */
  readonly asViewer: boolean;
  readonly transports: Readonly<Record<Direction, types.WebRtcTransport>>;
  readonly ask: Ask;
}

export interface Subscribed {
  readonly subscriptions: readonly TrackSubscription[];
  readonly failures: readonly unknown[];
}

export class Session {
  readonly id: SessionId;
  readonly device: Device;
  /** Owner term of the call when the session was made. */
  readonly ownerTerm: number;
  readonly asViewer: boolean;
  readonly broadcastRouter: BroadcastRouter;
  readonly tracks = new Map<string, PublishedTrack>();
  readonly subscriptions = new Map<string, TrackSubscription>();
  /** Its device is admitted and media of the call flows. */
  flows = false;
  /** The client knows this session and may be notified. Until then changes are part of the answer to `join`. */
  announced = false;
  closed = false;
  readonly #options: SessionOptions;
  readonly #capabilities: types.RtpCapabilities;
  /**
   * Producers that this session receives or is about to. The token distinguishes a repeated request from a withdrawn
   * one.
   */
  readonly #wanted = new Map<string, symbol>();
  readonly #claimedTrackIds = new Set<string>();
  readonly #connected = new Map<Direction, { readonly key: string; readonly done: Promise<void> }>();

  /** Throws `unsupported_media`. */
  constructor(options: SessionOptions) {
    this.id = options.id;
    this.device = options.device;
    this.ownerTerm = options.ownerTerm;
    this.asViewer = options.asViewer;
    this.broadcastRouter = options.broadcastRouter;
    this.#options = options;
    this.#capabilities = toCapabilities(options.rtpCapabilities);
  }

  /** Repeating the same parameters is allowed; the first ones count. */
  async connect(direction: Direction, dtls: DtlsParameters): Promise<void> {
    const key = JSON.stringify(dtls);
    const before = this.#connected.get(direction);
    if (before !== undefined) {
      if (before.key !== key) throw new CallError('invalid_request');
      return before.done;
    }
    const dtlsParameters = {
      fingerprints: dtls.fingerprints,
      ...(dtls.role === undefined ? {} : { role: dtls.role }),
    };
    const done = this.#asked(this.#options.transports[direction].connect({ dtlsParameters }), {
      refusal: 'invalid_request',
    });
    this.#connected.set(direction, { key, done });
    try {
      await done;
    } catch (error) {
      this.#connected.delete(direction);
      throw error;
    }
  }

  /** All or none; the caller settles them. `connect` and every `produce` are sent together. */
  async publish(requests: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<readonly PublishedTrack[]> {
    const { mayPublish, offered } = this.#options;
    if (!mayPublish) throw new CallError('not_allowed');
    const ids = requests.map(({ trackId }) => trackId);
    if (new Set(ids).size < ids.length || ids.some((id) => this.#claimedTrackIds.has(id))) {
      throw new CallError('track_exists');
    }
    if (this.#claimedTrackIds.size + ids.length > maxTracks) throw new CallError('too_many_tracks');
    if (requests.some(({ kind, source }) => kindOf[source] !== kind)) throw new CallError('invalid_request');
    const checked = requests.map((request) => ({
      request,
      rtpParameters: toProducerParameters(request.kind, request.rtpParameters, offered),
    }));
    for (const id of ids) this.#claimedTrackIds.add(id);
    const connecting = dtls === undefined ? Promise.resolve() : this.connect('send', dtls);
    const producing = checked.map(({ request, rtpParameters }) => this.#produce(request, rtpParameters));
    const [connection, ...outcomes] = await Promise.allSettled([connecting, ...producing]);
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const failure = [connection, ...outcomes].find((outcome) => outcome.status === 'rejected');
    if (failure === undefined && !this.closed) {
      for (const track of made) this.tracks.set(track.trackId, track);
      return made;
    }
    for (const { producer } of made) producer.close();
    for (const id of ids) this.#claimedTrackIds.delete(id);
    throw failure?.reason ?? new CallError('session_not_found');
  }

  /** Throws `track_not_found` before it unpublishes anything. */
  unpublish(trackIds: readonly string[]): readonly PublishedTrack[] {
    const tracks = trackIds.map((trackId) => this.track(trackId));
    for (const { trackId, producer } of tracks) {
      producer.close();
      this.tracks.delete(trackId);
      this.#claimedTrackIds.delete(trackId);
    }
    return tracks;
  }

  track(trackId: string): PublishedTrack {
    const track = this.tracks.get(trackId);
    if (track === undefined) throw new CallError('track_not_found');
    return track;
  }

  subscription(subscriptionId: string): TrackSubscription {
    const subscription = this.subscriptions.get(subscriptionId);
    if (subscription === undefined) throw new CallError('subscription_not_found');
    return subscription;
  }

  wants({ producer }: PublishedTrack): boolean {
    return this.#wanted.has(producer.id);
  }

  /** Subscribes in parallel; leaves out tracks that this client cannot decode. */
  async subscribe(tracks: readonly PublishedTrack[]): Promise<Subscribed> {
    const outcomes = await Promise.allSettled(tracks.map((track) => this.#consume(track)));
    const subscriptions: TrackSubscription[] = [];
    const failures: unknown[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') subscriptions.push(...(outcome.value === undefined ? [] : [outcome.value]));
      else if (tracks[index]?.producer.closed === false && !isUndecodable(outcome.reason))
        failures.push(outcome.reason);
    }
    return { subscriptions, failures };
  }

  /** The tracks ended, or may not be received any more. Returns the subscriptions whose client must be notified. */
  unsubscribe(tracks: Iterable<PublishedTrack>): readonly string[] {
    const ended: string[] = [];
    for (const { producer } of tracks) {
      if (!this.#wanted.delete(producer.id)) continue;
      const subscription = [...this.subscriptions.values()].find(({ track }) => track.producer === producer);
      if (subscription === undefined) continue;
      this.subscriptions.delete(subscription.id);
      // If the producer closes, the worker closes the consumer by itself.
      if (!producer.closed) subscription.consumer.close();
      if (subscription.announced) ended.push(subscription.id);
    }
    return ended;
  }

  settleTracks(): Promise<void>[] {
    return [...this.tracks.values()].map((track) => track.settle(this.flows));
  }

  settleSubscriptions(): Promise<void>[] {
    return [...this.subscriptions.values()].map((subscription) => subscription.settle(this.flows));
  }

  /** Whose session it is, within its call. */
  get owner(): Omit<SessionOwner, 'callId'> {
    return { device: this.device, ownerTerm: this.ownerTerm, ...(this.asViewer ? { asViewer: true } : {}) };
  }

  /** Transports as the client sees them. */
  get transports(): Readonly<Record<Direction, TransportOptions>> {
    const { send, receive } = this.#options.transports;
    const { announced } = this.broadcastRouter.worker;
    return { send: fromTransport(send, announced), receive: fromTransport(receive, announced) };
  }

  /** Limit for all that it sends, bit/s. */
  async limit(bitrate: number): Promise<void> {
    await this.#options.ask(this.#options.transports.send.setMaxIncomingBitrate(bitrate));
  }

  async restartIce(direction: Direction): Promise<IceParameters> {
    const { usernameFragment, password } = await this.#asked(this.#options.transports[direction].restartIce());
    return { usernameFragment, password, iceLite: true };
  }

  /** All subscriptions; marks them as known to the client. */
  toWire(): readonly Subscription[] {
    return this.tell([...this.subscriptions.values()]);
  }

  tell(subscriptions: readonly TrackSubscription[]): Subscription[] {
    return subscriptions.map((subscription) => {
      subscription.announced = true;
      return subscription.toWire();
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#options.transports.send.close();
    this.#options.transports.receive.close();
    this.tracks.clear();
    this.subscriptions.clear();
    this.#wanted.clear();
  }

  async #produce(request: TrackToPublish, rtpParameters: types.RtpParameters): Promise<PublishedTrack> {
    const { transports, ask } = this.#options;
    const paused = request.paused || !this.flows;
    const keyFrameRequestDelay = keyFrameRequestEveryMs;
    const producing = transports.send.produce({ kind: request.kind, rtpParameters, paused, keyFrameRequestDelay });
    const producer = await this.#asked(producing, { refusal: 'unsupported_media', undo: closeIt });
    return new PublishedTrack({ device: this.device, request, producer, origin: this.broadcastRouter, ask });
  }

  async #consume(track: PublishedTrack): Promise<TrackSubscription | undefined> {
    const { receive } = this.#options.transports;
    const { producer, origin } = track;
    const producerId = producer.id;
    const rtpCapabilities = this.#capabilities;
    if (this.wants(track) || !origin.router.canConsume({ producerId, rtpCapabilities })) return undefined;
    const token = Symbol(producerId);
    this.#wanted.set(producerId, token);
    try {
      if (origin !== this.broadcastRouter) await this.broadcastRouter.carry(producer, origin);
      const consumer = await this.#asked(
        receive.consume({ producerId, rtpCapabilities, paused: true, ignoreDtx: false }),
        { undo: closeIt, refusal: 'unsupported_media' },
      );
      if (this.closed || producer.closed || this.#wanted.get(producerId) !== token) {
        consumer.close();
        return undefined;
      }
      return this.#keep(track, consumer);
    } catch (error) {
      if (this.#wanted.get(producerId) === token) this.#wanted.delete(producerId);
      throw error;
    }
  }

  #keep(track: PublishedTrack, consumer: types.Consumer): TrackSubscription {
    try {
      const subscription = new TrackSubscription({ track, consumer, ask: this.#options.ask });
      this.subscriptions.set(subscription.id, subscription);
      this.broadcastRouter.count(consumer);
      return subscription;
    } catch (cause) {
      // The parameters for the client fit no schema.
      consumer.close();
      throw new CallError('unsupported_media', { cause });
    }
  }

  /** If the session has closed meanwhile, a failed request throws `session_not_found`. */
  async #asked<T>(request: Promise<T>, options: AskOptions<T> = {}): Promise<T> {
    try {
      return await this.#options.ask(request, options);
    } catch (error) {
      if (this.closed) throw new CallError('session_not_found', { cause: error });
      throw error;
    }
  }
}

/** Unusual parameters of a sender must not keep others from joining. */
function isUndecodable(error: unknown): boolean {
  return error instanceof CallError && (error.code === 'unsupported_media' || error.code === 'session_not_found');
}

function closeIt(late: types.Producer | types.Consumer): void {
  late.close();
}
