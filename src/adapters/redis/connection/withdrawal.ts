/**
 * Withdraws commands that are still unsent when their callers give up. One signal serves all commands of a moment: a
 * timer and a signal for each command were a fifth of what a request cost.
 */
import { setMaxListeners } from 'node:events';

/** A command may be withdrawn this much before its caller gives up. */
const momentMs = 250;

export class Withdrawal {
  readonly #withinMs: number;
  #current: { readonly signal: AbortSignal; readonly endsAt: number } | undefined;

  /** `withinMs`: how long callers wait. */
  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** Aborts at most `withinMs` from now. */
  get signal(): AbortSignal {
    const now = performance.now();
    if (this.#current === undefined || now >= this.#current.endsAt) this.#current = this.#begin(now);
    return this.#current.signal;
  }

  #begin(now: number): { readonly signal: AbortSignal; readonly endsAt: number } {
    const controller = new AbortController();
    const { signal } = controller;
    // One listener for each command that is not sent yet.
    setMaxListeners(0, signal);
    const timer = setTimeout(() => {
      controller.abort();
    }, this.#withinMs);
    timer.unref();
    return { signal, endsAt: now + Math.min(momentMs, this.#withinMs / 4) };
  }
}
