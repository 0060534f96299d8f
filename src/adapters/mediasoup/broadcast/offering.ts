/** The tracks of one broadcast, and to whom they are offered. Keeps what each session receives in step with that. */
import type { Device } from '../../../domain/media/admission.ts';
import type { BroadcastListener } from '../../../ports/media/sessions.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from './sessions.ts';
import { Subscribing } from './subscribing.ts';
import type { PublishedTrack } from '../session/track.ts';
import { isAdmitted, isOffered } from './visibility.ts';
import type { Visibility } from './visibility.ts';

export interface OfferingOptions {
  readonly sessions: Sessions;
  readonly visibility: () => Visibility;
  readonly listener: BroadcastListener;
}

export class Offering {
  readonly #options: OfferingOptions;
  readonly #subscribing: Subscribing;
  /** Tracks of participants on another node. */
  readonly #foreign = new Set<PublishedTrack>();

  constructor(options: OfferingOptions) {
    this.#options = options;
    this.#subscribing = new Subscribing(options.listener);
  }

  *tracks(): Iterable<PublishedTrack> {
    for (const { tracks } of this.#options.sessions.participants.values()) yield* tracks.values();
    yield* this.#foreign;
  }

  forViewers(): readonly PublishedTrack[] {
    const { admission } = this.#options.visibility();
    return [...this.tracks()].filter(({ device }) => isAdmitted(admission, device));
  }

  /** For one session only: the cost does not grow with the number of viewers. */
  regard(receiver: Session): Promise<void> {
    const offers: [PublishedTrack, boolean][] = [];
    for (const track of this.tracks()) {
      const isOwn = receiver.tracks.get(track.trackId) === track;
      if (!isOwn) offers.push([track, isOffered(this.#options.visibility(), receiver, track.device)]);
    }
    return this.#subscribing.regard(receiver, offers);
  }

  async offer(publisher: Device, tracks: readonly PublishedTrack[]): Promise<void> {
    const visibility = this.#options.visibility();
    const receivers = this.#options.sessions.all().filter((receiver) => isOffered(visibility, receiver, publisher));
    await Promise.all(receivers.map((receiver) => this.#subscribing.begin(receiver, tracks)));
  }

  withdraw(tracks: readonly PublishedTrack[]): void {
    if (tracks.length === 0) return;
    for (const receiver of this.#options.sessions.all()) this.#subscribing.end(receiver, tracks);
  }

  /** A track that arrives from another node. */
  async offerForeign(track: PublishedTrack): Promise<void> {
    this.#foreign.add(track);
    await this.offer(track.device, [track]);
  }

  withdrawForeign(tracks: readonly PublishedTrack[]): void {
    for (const track of tracks) {
      track.producer.close();
      this.#foreign.delete(track);
    }
    this.withdraw(tracks);
  }

  tellMuted(track: PublishedTrack): void {
    for (const receiver of this.#options.sessions.all()) this.#subscribing.tellPaused(receiver, track);
  }
}
