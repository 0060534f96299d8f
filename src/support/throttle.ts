/** Lets the same thing pass once in a while. A fault that lasts would else fill the log. */

/** Whoever begins to look at the log now sees what lasts. */
const againAfterMs = 60_000;
/** Different things that are remembered; names are made of codes, so that there are few. */
const maxRemembered = 1_000;

export class Throttle {
  readonly #ticks: () => number;
  readonly #passedAt = new Map<string, number>();

  /** `ticks`: milliseconds that never jump. */
  constructor(ticks: () => number = () => performance.now()) {
    this.#ticks = ticks;
  }

  passes(what: string): boolean {
    const now = this.#ticks();
    const before = this.#passedAt.get(what);
    if (before !== undefined && now - before < againAfterMs) return false;
    if (this.#passedAt.size >= maxRemembered) this.#passedAt.clear();
    this.#passedAt.set(what, now);
    return true;
  }
}
