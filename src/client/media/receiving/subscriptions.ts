/** What this device receives in one session: a consumer for each subscription, ready before anything flows. */
import type { types } from 'mediasoup-client';
import type { DtlsParameters, TrackSource } from '../../../protocol/shared/media.ts';
import type { Subscription } from '../../../protocol/socket/notifications.ts';
import type { RequestInput } from '../../../protocol/socket/requests.ts';
import { toMediasoupParameters } from '../codecs.ts';
import type { StatsSource } from '../../ice/connectionQuality.ts';
import { asVeilcastError, isVeilcastError } from '../../support/errors.ts';
import type { VeilcastError } from '../../support/errors.ts';
import { firstPictureMs } from '../firstPicture.ts';
import type { Signalling } from '../../connection/signalling.ts';

/** A track of another participant. Its stream can be attached to an element before the call is answered. */
export interface RemoteTrack {
  /** Stays the same while the track is in the call, even if another session delivers it. */
  readonly id: string;
  readonly userId: string;
  readonly kind: 'audio' | 'video';
  readonly source: TrackSource;
  /** Changes when another session delivers the track; `stream` stays the same. */
  readonly track: MediaStreamTrack;
  /** Contains only this track. */
  readonly stream: MediaStream;
  /** Muted or switched off by its sender. */
  readonly muted: boolean;
  /** The simulcast layer that arrives, from 0 (the smallest). Null if none fits the bandwidth. */
  readonly spatialLayer: number | null;
}

/** Above any sender's layers, so the server takes the highest there is. */
const topLayer = 3;

interface Received {
  readonly consumer: types.Consumer;
  remote: RemoteTrack;
}

export interface SubscriptionsOptions {
  readonly sessionId: RequestInput<'ready'>['sessionId'];
  readonly transport: types.Transport;
  readonly signalling: Signalling;
  readonly added: (track: RemoteTrack) => void;
  readonly removed: (track: RemoteTrack) => void;
  readonly changed: () => void;
  readonly failed: (error: VeilcastError) => void;
}

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #received = new Map<string, Received>();
  /** Wanted ids. A subscription removed during its negotiation is dropped when that ends. */
  readonly #wanted = new Map<string, Subscription>();
  readonly #streamIds = new Map<string, string>();
  /** Videos that have not shown their first picture yet. */
  readonly #small = new Set<string>();
  /** Kept until the server has them. */
  #dtlsParameters: DtlsParameters | undefined;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    options.transport.on('connect', ({ dtlsParameters }, callback) => {
      // Negotiation continues meanwhile. The server answers DTLS as soon as it has read this.
      this.#dtlsParameters = dtlsParameters;
      void this.#connect();
      callback();
    });
  }

  get tracks(): readonly RemoteTrack[] {
    return [...this.#received.values()].map(({ remote }) => remote);
  }

  track(id: string): RemoteTrack | undefined {
    return this.#received.get(id)?.remote;
  }

  receiver(id: string): StatsSource | undefined {
    return this.#received.get(id)?.consumer;
  }

  async add(subscriptions: readonly Subscription[]): Promise<void> {
    const fresh = subscriptions.filter(({ subscriptionId }) => !this.#wanted.has(subscriptionId));
    if (fresh.length === 0) return;
    for (const one of fresh) this.#wanted.set(one.subscriptionId, one);
    try {
      // In one turn, so that mediasoup-client negotiates them together.
      await Promise.all(fresh.map((one) => this.#consume(one)));
      await this.#tellReady(fresh.map(({ subscriptionId }) => subscriptionId));
    } catch (error) {
      if (!this.#options.transport.closed) this.#options.failed(asVeilcastError(error, 'unsupported_media'));
    }
  }

  remove(subscriptionIds: readonly string[]): void {
    for (const id of subscriptionIds) {
      this.#wanted.delete(id);
      const received = this.#received.get(id);
      if (received === undefined) continue;
      this.#received.delete(id);
      // Before the close, so that a replacement is in place before this track ends.
      this.#options.removed(received.remote);
      received.consumer.close();
    }
  }

  setMuted(subscriptionId: string, muted: boolean): void {
    const wanted = this.#wanted.get(subscriptionId);
    if (wanted !== undefined) this.#wanted.set(subscriptionId, { ...wanted, paused: muted });
    this.#update(subscriptionId, { muted });
  }

  setLayer(subscriptionId: string, spatialLayer: number | null): void {
    if (spatialLayer !== null) this.#wantMore(subscriptionId);
    this.#update(subscriptionId, { spatialLayer });
  }

  /** Sets the highest layer wanted of a video. */
  async prefer(subscriptionId: string, spatialLayer: number): Promise<void> {
    this.#small.delete(subscriptionId);
    await this.#options.signalling.request('prefer', {
      sessionId: this.#options.sessionId,
      subscriptionId,
      spatialLayer,
    });
  }

  /** After a lost socket: adopts the subscriptions that the server has now. */
  async reconcile(subscriptions: readonly Subscription[]): Promise<void> {
    void this.#connect();
    const there = new Set<string>(subscriptions.map(({ subscriptionId }) => subscriptionId));
    this.remove([...this.#wanted.keys()].filter((id) => !there.has(id)));
    for (const { subscriptionId, paused } of subscriptions) this.setMuted(subscriptionId, paused);
    const known = [...this.#received.keys()];
    await this.add(subscriptions);
    // The last `ready` may not have arrived. Sending it again does no harm.
    if (known.length > 0) await this.#tellReady(known).catch(() => undefined);
  }

  async #connect(): Promise<void> {
    if (this.#dtlsParameters === undefined) return;
    const { sessionId, signalling, failed } = this.#options;
    try {
      await signalling.request('connect', { sessionId, direction: 'receive', dtlsParameters: this.#dtlsParameters });
      this.#dtlsParameters = undefined;
    } catch (error) {
      // Lost with the socket: `reconcile` sends it again.
      if (!isVeilcastError(error, 'disconnected', 'timed_out', 'closed')) failed(asVeilcastError(error, 'internal'));
    }
  }

  async #consume({ subscriptionId, producerId, kind, rtpParameters, userId, source }: Subscription): Promise<void> {
    const consumer = await this.#options.transport.consume({
      id: subscriptionId,
      producerId,
      kind,
      rtpParameters: toMediasoupParameters(rtpParameters),
      // Tracks that belong together share a stream id, which keeps audio and video in sync.
      streamId: this.#streamIdOf(userId, source.startsWith('screen') ? 'screen' : 'person'),
    });
    const wanted = this.#wanted.get(subscriptionId);
    if (wanted === undefined) {
      consumer.close();
      return;
    }
    const { track } = consumer;
    const remote: RemoteTrack = {
      id: subscriptionId,
      userId,
      kind,
      source,
      track,
      stream: new MediaStream([track]),
      muted: wanted.paused,
      spatialLayer: null,
    };
    this.#received.set(subscriptionId, { consumer, remote });
    if (source === 'camera') this.#startSmall(subscriptionId);
    this.#options.added(remote);
  }

  /**
   * The stream id is written into SDP. A user id may contain characters that SDP does not allow, so a number stands for
   * it.
   */
  #streamIdOf(userId: string, what: 'screen' | 'person'): string {
    const known = this.#streamIds.get(userId) ?? `s${this.#streamIds.size + 1}`;
    this.#streamIds.set(userId, known);
    return `${known}-${what}`;
  }

  /**
   * The smallest layer shows the first picture soonest: its key frame takes a fraction of the time to encode and send.
   */
  #startSmall(subscriptionId: string): void {
    const started = this.prefer(subscriptionId, 0);
    this.#small.add(subscriptionId);
    started.catch(() => this.#small.delete(subscriptionId));
  }

  #wantMore(subscriptionId: string): void {
    if (!this.#small.delete(subscriptionId)) return;
    setTimeout(() => {
      if (this.#received.has(subscriptionId)) this.prefer(subscriptionId, topLayer).catch(() => undefined);
    }, firstPictureMs);
  }

  async #tellReady(ids: readonly string[]): Promise<void> {
    const subscriptionIds = ids.filter((id) => this.#received.has(id));
    if (subscriptionIds.length === 0) return;
    await this.#options.signalling.request('ready', { sessionId: this.#options.sessionId, subscriptionIds });
  }

  #update(subscriptionId: string, change: Partial<Pick<RemoteTrack, 'muted' | 'spatialLayer'>>): void {
    const received = this.#received.get(subscriptionId);
    if (received === undefined) return;
    received.remote = { ...received.remote, ...change };
    this.#options.changed();
  }
}
