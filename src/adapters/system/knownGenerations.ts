/** Generations of users in this process. */
import type { Instant, UserId } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { KnownGenerations } from '../../ports/people/knownGenerations.ts';

export interface ProcessKnownGenerationsOptions {
  readonly clock: Clock;
  /** How long a token is valid. */
  readonly forgetAfterMs: number;
}

interface Known {
  readonly generation: string;
  readonly seenAt: Instant;
}

export class ProcessKnownGenerations implements KnownGenerations {
  readonly #options: ProcessKnownGenerationsOptions;
  /** Sorted by when they were last seen. */
  readonly #known = new Map<UserId, Known>();

  constructor(options: ProcessKnownGenerationsOptions) {
    this.#options = options;
  }

  learn(userId: UserId, generation: string): void {
    this.#known.delete(userId);
    this.#known.set(userId, { generation, seenAt: this.#options.clock.now() });
    this.#forgetOld();
  }

  of(userId: UserId): string | undefined {
    this.#forgetOld();
    return this.#known.get(userId)?.generation;
  }

  forget(userId: UserId): void {
    this.#known.delete(userId);
  }

  all(): ReadonlyMap<UserId, string> {
    this.#forgetOld();
    return new Map([...this.#known].map(([userId, { generation }]) => [userId, generation]));
  }

  #forgetOld(): void {
    const before = this.#options.clock.now() - this.#options.forgetAfterMs;
    for (const [userId, { seenAt }] of this.#known) {
      if (seenAt >= before) return;
      this.#known.delete(userId);
    }
  }
}
