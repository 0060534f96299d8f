/** Notices that packets stopped coming, long before ICE does: a device that changed its network must move at once. */
import { Arrivals } from './arrivals.ts';
import type { StatsSource } from './connectionQuality.ts';

const lookEveryMs = 100;
/** Speech alone makes fifty packets a second. */
const stillAfterMs = 400;
const firstPictureMs = 1_000;
/** So many looks that found something, without such a pause between them: fewer are no stream that could be missed. */
const livelyLooks = 3;

export interface StallDetectorOptions {
  readonly transport: StatsSource;
  /** Nothing comes any more where there was a stream. Told once, and again only after there was one again. */
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

  /** Media is due from now on. Looking costs the processor time that the first picture needs, so it begins after it. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => void this.#look(), lookEveryMs);
    }, firstPictureMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Nothing comes, or nothing ever did. */
  get isStill(): boolean {
    return !this.#lively;
  }

  cameWithin(ms: number): boolean {
    return this.#now() - this.#lastAt <= ms;
  }

  async #look(): Promise<void> {
    const report = await this.#options.transport.getStats().catch(() => undefined);
    // Closed meanwhile: whoever closed it stops this too.
    if (report === undefined) return;
    this.seen(this.#arrivals.look(report) === 'something');
    this.#options.looked?.();
  }

  /** Whether something came since the last look. */
  seen(something: boolean): void {
    const now = this.#now();
    if (something) {
      this.#streak += 1;
      if (this.#streak >= livelyLooks) this.#lively = true;
      this.#lastAt = now;
      return;
    }
    // A device that is busy looks seldom: only a look that found nothing tells of a pause.
    if (now - this.#lastAt < stillAfterMs) return;
    this.#streak = 0;
    if (!this.#lively) return;
    this.#lively = false;
    this.#options.still();
  }
}
