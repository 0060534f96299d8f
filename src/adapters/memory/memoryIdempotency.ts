import type { Instant } from '../../call/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Claim, Idempotency } from '../../ports/idempotency.ts';

export interface MemoryIdempotencyOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** After this a request that never settled no longer holds its key. */
  readonly claimTtlMs?: number;
}

interface Held {
  readonly fingerprint: string;
  readonly until: Instant;
  readonly answer?: string;
}

export class MemoryIdempotency implements Idempotency {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #claimTtlMs: number;
  readonly #held = new Map<string, Held>();

  constructor({ clock, ttlMs, claimTtlMs = 30_000 }: MemoryIdempotencyOptions) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#claimTtlMs = claimTtlMs;
  }

  claim(scope: string, key: string, fingerprint: string): Promise<Claim> {
    const name = JSON.stringify([scope, key]);
    const held = this.#valid(name);
    if (held === undefined) {
      this.#held.set(name, { fingerprint, until: this.#clock.now() + this.#claimTtlMs });
      return Promise.resolve({ state: 'first' });
    }
    if (held.fingerprint !== fingerprint) return Promise.resolve({ state: 'conflict' });
    if (held.answer === undefined) return Promise.resolve({ state: 'in_progress' });
    return Promise.resolve({ state: 'answered', answer: held.answer });
  }

  settle(scope: string, key: string, answer: string): Promise<void> {
    const name = JSON.stringify([scope, key]);
    const held = this.#valid(name);
    if (held !== undefined) {
      this.#held.set(name, { fingerprint: held.fingerprint, until: this.#clock.now() + this.#ttlMs, answer });
    }
    return Promise.resolve();
  }

  abandon(scope: string, key: string): Promise<void> {
    this.#held.delete(JSON.stringify([scope, key]));
    return Promise.resolve();
  }

  #valid(name: string): Held | undefined {
    const held = this.#held.get(name);
    return held !== undefined && this.#clock.now() < held.until ? held : undefined;
  }
}
