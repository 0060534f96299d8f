/** Creates and ends subscriptions of sessions, and notifies their clients. */
import type { BroadcastListener } from '../../../ports/media/sessions.ts';
import type { Session } from '../session/session.ts';
import type { PublishedTrack, TrackSubscription } from '../session/track.ts';

export class Subscribing {
  readonly #listener: BroadcastListener;

  constructor(listener: BroadcastListener) {
    this.#listener = listener;
  }

  /** Keeps what a session receives in step with what it may receive. Each offer says whether the track is allowed. */
  async regard(receiver: Session, offers: Iterable<readonly [PublishedTrack, boolean]>): Promise<void> {
    const wanted: PublishedTrack[] = [];
    const unwanted: PublishedTrack[] = [];
    for (const [track, allowed] of offers) {
      if (allowed !== receiver.wants(track)) (allowed ? wanted : unwanted).push(track);
    }
    this.end(receiver, unwanted);
    await this.begin(receiver, wanted);
  }

  async begin(receiver: Session, tracks: readonly PublishedTrack[]): Promise<void> {
    if (tracks.length === 0) return;
    const { subscriptions, failures } = await receiver.subscribe(tracks);
    for (const subscription of subscriptions) this.#watchLayers(receiver, subscription);
    // The answer to the join may have listed them already, or they may have ended.
    const added = subscriptions.filter(({ id, announced }) => !announced && receiver.subscriptions.has(id));
    if (added.length > 0 && receiver.announced) {
      const params = { sessionId: receiver.id, subscriptions: receiver.tell(added) };
      this.#listener.notify(receiver.id, { method: 'subscription.added', params });
    }
    if (failures.length > 0) throw failures[0];
  }

  end(receiver: Session, tracks: readonly PublishedTrack[]): void {
    const ended = receiver.unsubscribe(tracks);
    if (ended.length === 0) return;
    const params = { sessionId: receiver.id, subscriptionIds: [...ended] };
    this.#listener.notify(receiver.id, { method: 'subscription.removed', params });
  }

  tellPaused(receiver: Session, track: PublishedTrack): void {
    if (!receiver.announced) return;
    for (const { id: subscriptionId, track: received } of receiver.subscriptions.values()) {
      if (received !== track) continue;
      const params = { sessionId: receiver.id, subscriptionId, paused: track.muted };
      this.#listener.notify(receiver.id, { method: 'subscription.paused', params });
    }
  }

  #watchLayers(receiver: Session, { id: subscriptionId, consumer, hasLayers }: TrackSubscription): void {
    if (!hasLayers) return;
    consumer.on('layerschange', (layers) => {
      if (!receiver.announced || receiver.closed) return;
      const params = { sessionId: receiver.id, subscriptionId, spatialLayer: layers?.spatialLayer ?? null };
      this.#listener.notify(receiver.id, { method: 'subscription.layers', params });
    });
  }
}
