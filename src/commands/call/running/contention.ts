/** When several processes save the same call at once, those that lost the race try again, until a deadline. */
import { CallError } from '../../../domain/kernel/errors.ts';
import { exponentialMs } from '../../../support/backoff.ts';
import { wait } from '../../../support/wait.ts';

/** Without an owner everybody in a large call may act at once, and each lost race costs one round trip. */
const contendForMs = 10_000;
const pauses = { firstMs: 4, longestMs: 250 } as const;

export class Contention {
  readonly #giveUpAt = performance.now() + contendForMs;
  #attempts = 0;

  /** Resolves when it is time to try again. Throws `busy` after the deadline. */
  async lost(): Promise<void> {
    if (performance.now() > this.#giveUpAt) throw new CallError('busy');
    // Longer with each lost race and random, so that the losers do not collide again.
    const longest = exponentialMs(pauses, this.#attempts);
    this.#attempts += 1;
    await wait(Math.random() * longest);
  }
}
