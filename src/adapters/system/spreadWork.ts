/**
 * Spreads outside work over turns of the event loop: a burst is done a few milliseconds at a time, in order, so that
 * timers and other sockets never wait for all of it.
 */
export interface SpreadWorkOptions {
  readonly budgetMs?: number;
  readonly maxWaiting?: number;
  /** Monotonic milliseconds. */
  readonly ticks?: () => number;
}

/** Effects of the work, such as answers of the store, take as long again: together well below 50 ms. */
const defaultBudgetMs = 10;
/** Beyond this nothing is delayed: the limit bounds memory against busy senders. */
const defaultMaxWaiting = 10_000;

export class SpreadWork {
  readonly #budgetMs: number;
  readonly #maxWaiting: number;
  readonly #ticks: () => number;
  #waiting: (() => void)[] = [];
  #turnBeganAt: number | undefined;

  constructor(options: SpreadWorkOptions = {}) {
    this.#budgetMs = options.budgetMs ?? defaultBudgetMs;
    this.#maxWaiting = options.maxWaiting ?? defaultMaxWaiting;
    this.#ticks = options.ticks ?? (() => performance.now());
  }

  /** Now, or in a later turn after the waiting work. `work` must not throw. */
  do(work: () => void): void {
    if (this.#waiting.length === 0 && this.#hasTime()) work();
    else if (this.#waiting.length < this.#maxWaiting) this.#waiting.push(work);
    else this.#doAll(this.#waiting.splice(0).concat(work));
  }

  /** The first call in a turn starts its time. */
  #hasTime(): boolean {
    const now = this.#ticks();
    if (this.#turnBeganAt === undefined) {
      this.#turnBeganAt = now;
      setImmediate(() => {
        this.#nextTurn();
      });
    }
    return now - this.#turnBeganAt < this.#budgetMs;
  }

  #nextTurn(): void {
    this.#turnBeganAt = undefined;
    if (this.#waiting.length === 0) return;
    let done = 0;
    while (done < this.#waiting.length && this.#hasTime()) {
      this.#waiting[done]?.();
      done += 1;
    }
    this.#waiting = this.#waiting.slice(done);
  }

  #doAll(work: readonly (() => void)[]): void {
    for (const each of work) each();
  }
}
