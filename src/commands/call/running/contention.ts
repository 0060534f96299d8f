/** Several processes save the same call at once: those who lost a race try again, to a deadline. */
import { CallError } from '../../../domain/kernel/errors.ts';
import { exponentialMs } from '../../../support/backoff.ts';
import { wait } from '../../../support/wait.ts';

/** Everybody of a large call may act at once without an owner, and each lost race costs one round trip. */
const contendForMs = 10_000;
const pauses = { firstMs: 4, longestMs: 250 } as const;

export class Contention {
  readonly #giveUpAt = performance.now() + contendForMs;
  #attempts = 0;

  /** Resolves when it is time to try again. Throws `busy` after the deadline. */
  async lost(): Promise<void> {
    if (performance.now() > this.#giveUpAt) throw new CallError('busy');
    // Longer with each lost race, and of random length, so that those who lost together do not meet again.
    const longest = exponentialMs(pauses, this.#attempts);
    this.#attempts += 1;
    await wait(Math.random() * longest);
  }
}
