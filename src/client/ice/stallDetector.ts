/**
 * Notices that packets have stopped, long before ICE does: after a change of network, a device must change its path at
 * once.
 */
import { Arrivals } from './pathArrivals.ts';
import type { StatsSource } from './connectionQuality.ts';

const lookEveryMs = 100;
/** Speech alone makes fifty packets a second. */
const stillAfterMs = 400;
const firstPictureMs = 1_000;
/** This many looks found something, without such a pause between them. Fewer make no stream that could be missed. */
const livelyLooks = 3;

export interface StallDetectorOptions {
  readonly transport: StatsSource;
  /** A stream has stopped. Called once, and again only after there was a stream again. */
  readonly still: () => void;
  /** After each look. */
  readonly looked?: () => void;
  readonly now?: () => number;
}

export class StallDetector {
  readonly #options: StallDetectorOptions;
  readonly #now: () => number;
  readonly #arrivals = new Arrivals();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastAt = -Infinity;
  #streak = 0;
  #lively = false;

  constructor(options: StallDetectorOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Media is due from now on. Looking costs CPU time that the first picture needs, so it begins after that. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => void this.#look(), lookEveryMs);
    }, firstPictureMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** No stream arrives, or none ever did. */
  get isStill(): boolean {
    return !this.#lively;
  }

  cameWithin(ms: number): boolean {
    return this.#now() - this.#lastAt <= ms;
  }

  async #look(): Promise<void> {
    const report = await this.#options.transport.getStats().catch(() => undefined);
    // Closed meanwhile. The same code also stops this detector.
    if (report === undefined) return;
    this.seen(this.#arrivals.look(report) === 'something');
    this.#options.looked?.();
  }

  /** Records whether something arrived since the last look. */
  seen(something: boolean): void {
    const now = this.#now();
    if (something) {
      this.#streak += 1;
      if (this.#streak >= livelyLooks) this.#lively = true;
      this.#lastAt = now;
      return;
    }
    // A busy device looks seldom, so only a look that found nothing proves a pause.
    if (now - this.#lastAt < stillAfterMs) return;
    this.#streak = 0;
    if (!this.#lively) return;
    this.#lively = false;
    this.#options.still();
  }
}
