/**
 * The remote tracks of an app, across all sessions of this device. When one session follows another, a track keeps its
 * id and stream. The track inside the stream is exchanged once media really arrives on the new session, so an element
 * plays on.
 */
import { arrivalOf, isAsGood, nothingYet } from './trackArrival.ts';
import type { Arrival } from './trackArrival.ts';
import { wait } from '../../support/wait.ts';
import type { StatsSource } from '../ice/connectionQuality.ts';
import { Emitter } from '../support/emitter.ts';
import type { RemoteTrack } from './receiving/subscriptions.ts';

/** The part of `Subscriptions` that is used here. There is one per session. */
export interface Deliverer {
  track(id: string): RemoteTrack | undefined;
  receiver(id: string): StatsSource | undefined;
  prefer(id: string, spatialLayer: number): Promise<void>;
}

/** A track as delivered by one session. */
interface Delivery {
  readonly from: Deliverer;
  /** Its last known state. */
  readonly track: RemoteTrack;
}

interface Place {
  readonly id: string;
  readonly stream: MediaStream;
  shown: Delivery;
  /** The same track on a newer session, which has not arrived yet. */
  next: Delivery | undefined;
  preferredLayer: number | undefined;
}

interface RemoteTracksEvents {
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  /** Another session delivers the track now. Id and stream are the same, with another `MediaStreamTrack` in it. */
  trackReplaced: RemoteTrack;
}

const lookEveryMs = 40;

export class RemoteTracks extends Emitter<RemoteTracksEvents> {
  readonly #places = new Set<Place>();
  /** Sessions on which nothing arrives any more. Their last pictures stand still. */
  readonly #dead = new WeakSet<Deliverer>();

  get all(): readonly RemoteTrack[] {
    return [...this.#places].map(asSeen);
  }

  /** Whether something that is shown or played comes from this session. */
  comeFrom(session: Deliverer): boolean {
    return [...this.#places].some(({ shown }) => shown.from === session);
  }

  added(from: Deliverer, track: RemoteTrack): void {
    const delivery = { from, track };
    const place = [...this.#places].find((one) => isSame(one.shown, delivery) && one.next?.from !== from);
    if (place === undefined) {
      const { id, stream } = track;
      const fresh: Place = { id, stream, shown: delivery, next: undefined, preferredLayer: undefined };
      this.#places.add(fresh);
      this.emit('track', asSeen(fresh));
      return;
    }
    place.next = delivery;
    if (place.preferredLayer !== undefined) from.prefer(track.id, place.preferredLayer).catch(() => undefined);
    void this.#takeOverWhenThere(place, delivery);
  }

  removed(from: Deliverer, { id }: RemoteTrack): void {
    this.#end((delivery) => delivery.from === from && delivery.track.id === id);
  }

  /**
   * The last pictures of that session stay until another session delivers the track. Any new picture is better, so take
   * it at once.
   */
  died(from: Deliverer): void {
    this.#dead.add(from);
  }

  /** The tracks of that session are gone. */
  drop(from: Deliverer): void {
    this.#end((delivery) => delivery.from === from);
  }

  /** Sets the highest layer wanted of a video, on each session that delivers it. */
  async prefer(id: string, spatialLayer: number): Promise<void> {
    const place = [...this.#places].find((one) => one.id === id);
    if (place === undefined) return;
    place.preferredLayer = spatialLayer;
    const ways = [place.shown, ...(place.next === undefined ? [] : [place.next])];
    await Promise.all(ways.map(({ from, track }) => from.prefer(track.id, spatialLayer)));
  }

  async #takeOverWhenThere(place: Place, next: Delivery): Promise<void> {
    let firstAt: number | undefined;
    while (place.next === next) {
      const [before, now] = await Promise.all([this.#arrivedBy(place.shown), this.#arrivedBy(next)]);
      if (now.packets > 0) firstAt ??= performance.now();
      const sinceMs = firstAt === undefined ? 0 : performance.now() - firstAt;
      // Nothing arrives of a track that its sender has muted.
      const isMuted = latest(next).muted;
      if (place.next === next && (isMuted || isAsGood({ kind: next.track.kind, now, before, sinceMs }))) {
        this.#takeOver(place, next);
      } else await wait(lookEveryMs);
    }
  }

  /** Nothing arrives on a dead session. */
  async #arrivedBy({ from, track }: Delivery): Promise<Arrival> {
    const receiver = this.#dead.has(from) ? undefined : from.receiver(track.id);
    return receiver === undefined ? nothingYet : arrivalOf(receiver).catch(() => nothingYet);
  }

  #takeOver(place: Place, next: Delivery): void {
    const { stream, shown } = place;
    // In this order: if the stream had no track for a moment, the element would stop.
    stream.addTrack(next.track.track);
    stream.removeTrack(shown.track.track);
    place.shown = next;
    place.next = undefined;
    this.emit('trackReplaced', asSeen(place));
  }

  #end(isOver: (delivery: Delivery) => boolean): void {
    for (const place of [...this.#places]) {
      if (place.next !== undefined && isOver(place.next)) place.next = undefined;
      if (!isOver(place.shown)) continue;
      if (place.next !== undefined) {
        this.#takeOver(place, place.next);
        continue;
      }
      const removed = asSeen(place);
      this.#places.delete(place);
      this.emit('trackRemoved', removed);
    }
  }
}

/** The same source of the same user, on another session. */
function isSame(a: Delivery, b: Delivery): boolean {
  return a.from !== b.from && a.track.userId === b.track.userId && a.track.source === b.track.source;
}

function latest({ from, track }: Delivery): RemoteTrack {
  return from.track(track.id) ?? track;
}

function asSeen({ id, stream, shown }: Place): RemoteTrack {
  return { ...latest(shown), id, stream };
}
