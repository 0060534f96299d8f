/**
 * A request that is repeated with the same key has no second effect: it answers what the first one made, as it stands now.
 * The same for every edge, so that one that was sent over a socket may be repeated over HTTP.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CallError } from '../domain/kernel/errors.ts';
import { claimLeaseMs } from '../ports/call/idempotency.ts';
import type { Idempotency, KeyedRequest } from '../ports/call/idempotency.ts';
import type { Log } from '../ports/system/log.ts';

export interface Making {
  /** What is made is called this. */
  readonly id: string;
  /** Another process has begun to make it, and may have: it is looked for first. */
  readonly again: boolean;
}

export interface KeyedWork<T> extends KeyedRequest {
  /** What it asks for: the same key with another request is a conflict. */
  readonly asks: unknown;
  /** Of what is to be made. */
  readonly newId: () => string;
  readonly work: (making: Making) => Promise<T>;
  /** By which what was made is found again; undefined when it is found by the id that it was given. */
  readonly outcomeOf: (answer: T) => string | undefined;
  /** What a repeated request gets. */
  readonly remake: (outcome: string) => Promise<T>;
}

export interface IdempotentOptions {
  readonly idempotency: Idempotency;
  readonly log: Log;
  /** How long a request waits for the first one with its key: longer than the claim of a process that died holds. */
  readonly waitMs?: number | undefined;
}

const defaultWaitMs = claimLeaseMs + 1_000;
const lookEveryMs = 100;
const renewEveryMs = claimLeaseMs / 4;

/** Keys of one user say nothing to another. */
export const keysOfUser = (userId: string): string => `user:${userId}`;
export const keysOfApp = 'app';

export class Idempotent {
  readonly #idempotency: Idempotency;
  readonly #log: Log;
  readonly #waitMs: number;

  constructor({ idempotency, log, waitMs = defaultWaitMs }: IdempotentOptions) {
    this.#idempotency = idempotency;
    this.#log = log;
    this.#waitMs = waitMs;
  }

  /** Throws `idempotency_conflict`, `in_progress` or `too_many_requests`. */
  async once<T>(keyed: KeyedWork<T>): Promise<T> {
    const request = { scope: keyed.scope, key: keyed.key };
    const fingerprint = canonical(keyed.asks);
    const giveUpAt = performance.now() + this.#waitMs;
    for (;;) {
      const claim = await this.#idempotency.claim(request, { fingerprint, id: keyed.newId() });
      switch (claim.state) {
        case 'done':
          return keyed.remake(claim.outcome);
        case 'conflict':
          throw new CallError('idempotency_conflict');
        case 'full':
          throw new CallError('too_many_requests', { retryAfterMs: claimLeaseMs });
        case 'first':
          return this.#first(request, claim.token, keyed, { id: claim.id, again: claim.again });
        case 'in_progress':
          if (performance.now() >= giveUpAt) throw new CallError('in_progress', { retryAfterMs: 1_000 });
          await delay(lookEveryMs);
      }
    }
  }

  async #first<T>(request: KeyedRequest, token: string, keyed: KeyedWork<T>, making: Making): Promise<T> {
    const renewal = setInterval(() => {
      // A claim that lapses is taken over under the same id: nothing is made twice.
      this.#idempotency.renew(request, token).catch(() => undefined);
    }, renewEveryMs);
    let answer: T;
    try {
      answer = await keyed.work(making);
    } catch (failure) {
      await this.#quietly('a key could not be given back', this.#idempotency.abandon(request, token));
      throw failure;
    } finally {
      clearInterval(renewal);
    }
    const outcome = keyed.outcomeOf(answer) ?? making.id;
    // The effect stands: to say now that it failed would be untrue, even if a repetition may have a second one.
    await this.#quietly('an answer could not be kept', this.#idempotency.settle(request, token, outcome));
    return answer;
  }

  async #quietly(message: string, step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      this.#log.warn(message, { error });
    }
  }
}

/** The same text for the same request, in whichever order its names came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1));
  });
}
