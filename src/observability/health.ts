/** Whether this process can work: every named check succeeds in time. */
import { within } from '../support/deadline.ts';

export type Check = () => Promise<unknown>;

export interface ReadinessOptions {
  readonly checks: Readonly<Record<string, Check>>;
  /** A slower check has failed: the caller must not wait for a hanging Redis. */
  readonly limitMs?: number;
}

export class Readiness {
  readonly #checks: readonly (readonly [string, Check])[];
  readonly #limitMs: number;

  constructor({ checks, limitMs = 1_000 }: ReadinessOptions) {
    this.#checks = Object.entries(checks);
    this.#limitMs = limitMs;
  }

  /** Names of failing checks; empty if ready. Never rejects. */
  async failing(): Promise<readonly string[]> {
    const outcomes = await Promise.all(
      this.#checks.map(async ([name, check]) => ((await this.#passes(check)) ? [] : [name])),
    );
    return outcomes.flat();
  }

  async #passes(check: Check): Promise<boolean> {
    const passed = (async () => check())().then(
      () => true,
      () => false,
    );
    return within(this.#limitMs, passed, () => false);
  }
}
