/**
 * A request repeated with the same key has no second effect: its answer shows the current state of what the first one
 * made. All edges share this, so a request sent over a socket may be repeated over HTTP.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CallError } from '../domain/kernel/errors.ts';
import type { KeyedRequestId } from '../domain/kernel/ids.ts';
import { keyedRequestId } from '../protocol/shared/ids.ts';
import { claimLeaseMs } from '../ports/call/idempotency.ts';
import type { Idempotency, KeyedRequest } from '../ports/call/idempotency.ts';
import type { Log } from '../ports/system/log.ts';

export interface Making {
  /** The id of what is to be made. */
  readonly id: string;
  /** Another process has begun and may have finished: look for the result first. */
  readonly again: boolean;
}

export interface KeyedWork<T> extends KeyedRequest {
  /** What the request asks for. The same key with another request is a conflict. */
  readonly asks: unknown;
  /** Makes the id of what is to be created. */
  readonly newId: () => string | Promise<string>;
  readonly work: (making: Making) => Promise<T>;
  /** The name under which the result is found again. Absent or undefined if that is the given id. */
  readonly outcomeOf?: (answer: T) => string | undefined;
  /** The answer to a repeated request. */
  readonly remake: (outcome: string) => Promise<T>;
}

export interface IdempotentOptions {
  readonly idempotency: Idempotency;
  readonly log: Log;
  /**
   * How long a request waits for an earlier one with its key. Must be longer than the claim of a crashed process lasts.
   */
  readonly waitMs?: number | undefined;
}

const defaultWaitMs = claimLeaseMs + 1_000;
const lookEveryMs = 100;
const renewEveryMs = claimLeaseMs / 4;

/** For a request that changes what exists: 128 random bits, the same when it is repeated with its key. */
export const newRequestId = (): string => `req_${randomBytes(16).toString('base64url')}`;

/** Of a request whose ids `newRequestId` makes. */
export function keyedChange(making: Making | undefined): { id: KeyedRequestId; again: boolean } | undefined {
  return making && { ...making, id: keyedRequestId.parse(making.id) };
}

/** Each user has their own keys. */
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
    const offer = { fingerprint: canonical(keyed.asks), id: await keyed.newId() };
    const giveUpAt = performance.now() + this.#waitMs;
    for (;;) {
      const claim = await this.#idempotency.claim(request, offer);
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
      // A lapsed claim is taken over under the same id, so nothing is made twice.
      this.#idempotency.renew(request, token).catch(() => undefined);
    }, renewEveryMs);
    let answer: T;
    try {
      answer = await keyed.work(making);
    } catch (failure) {
      await this.#quietly('failed to release an idempotency key', this.#idempotency.abandon(request, token));
      throw failure;
    } finally {
      clearInterval(renewal);
    }
    const outcome = keyed.outcomeOf?.(answer) ?? making.id;
    // The effect stands. An error now would be false, even if a repeated request may then have a second effect.
    await this.#quietly(
      'failed to store the outcome of an idempotency key',
      this.#idempotency.settle(request, token, outcome),
    );
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

/** The same text for equal requests, whatever the order of their fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1));
  });
}
