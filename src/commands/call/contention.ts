/** Several processes save the same call at once: those who lost a race try again, to a deadline. */
import { CallError } from '../../domain/kernel/errors.ts';

/** Everybody of a large call may act at once without an owner, and each lost race costs one round trip. */
const contendForMs = 10_000;
const firstPauseMs = 4;
const longestPauseMs = 250;

export class Contention {
  readonly #giveUpAt = performance.now() + contendForMs;
  #attempts = 0;

  /** Resolves when it is time to try again. Throws `busy` after the deadline. */
  async lost(): Promise<void> {
    if (performance.now() > this.#giveUpAt) throw new CallError('busy');
    // Longer with each lost race, and of random length, so that those who lost together do not meet again.
    const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#attempts, 10));
    this.#attempts += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
  }
}
