/** A repeated POST with the same `Idempotency-Key` makes nothing: it answers what the first one made, as it stands now. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { CallError } from '../../call/errors.ts';
import { claimLeaseMs } from '../../ports/idempotency.ts';
import type { Idempotency, KeyedRequest } from '../../ports/idempotency.ts';
import type { Log } from '../../ports/log.ts';
import { idempotencyKey } from '../../protocol/http.ts';
import type { Caller } from './auth.ts';
import { parseRequest } from './route.ts';
import type { Prepared, Reply } from './route.ts';

/** How the key is named where a request departs from its schema. */
const header = z.object({ 'Idempotency-Key': idempotencyKey.optional() });

export interface RequestIdentity {
  readonly caller: Caller | undefined;
  /** Method and pattern of the route: how its path was written is no matter. */
  readonly route: string;
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

export class Idempotent {
  readonly #idempotency: Idempotency;
  readonly #log: Log;
  readonly #waitMs: number;

  constructor({ idempotency, log, waitMs = defaultWaitMs }: IdempotentOptions) {
    this.#idempotency = idempotency;
    this.#log = log;
    this.#waitMs = waitMs;
  }

  /** Does the work at once when there is no key. Throws `idempotency_conflict`, `in_progress` or `too_many_requests`. */
  async once(rawKey: string | undefined, identity: RequestIdentity, prepared: Prepared): Promise<Reply> {
    const { repeatable } = prepared;
    const key = parseRequest(header, { 'Idempotency-Key': rawKey })['Idempotency-Key'];
    if (key === undefined || repeatable === undefined) return prepared.work();
    const request = { scope: scopeOf(identity.caller), key };
    const fingerprint = canonical([identity.route, prepared.request]);
    const giveUpAt = performance.now() + this.#waitMs;
    for (;;) {
      const claim = await this.#idempotency.claim(request, { fingerprint, id: repeatable.newId() });
      switch (claim.state) {
        case 'done':
          return repeatable.remake(claim.outcome);
        case 'conflict':
          throw new CallError('idempotency_conflict');
        case 'full':
          throw new CallError('too_many_requests', { retryAfterMs: claimLeaseMs });
        case 'first':
          return this.#first(request, claim.token, prepared, { id: claim.id, again: claim.again });
        case 'in_progress':
          if (performance.now() >= giveUpAt) throw new CallError('in_progress', { retryAfterMs: 1_000 });
          await delay(lookEveryMs);
      }
    }
  }

  async #first(
    request: KeyedRequest,
    token: string,
    { work, repeatable }: Prepared,
    making: { readonly id: string; readonly again: boolean },
  ): Promise<Reply> {
    const renewal = setInterval(() => {
      // A claim that lapses is taken over under the same id: nothing is made twice.
      this.#idempotency.renew(request, token).catch(() => undefined);
    }, renewEveryMs);
    let reply: Reply;
    try {
      reply = await work(making);
    } catch (failure) {
      await this.#quietly('a key could not be given back', this.#idempotency.abandon(request, token));
      throw failure;
    } finally {
      clearInterval(renewal);
    }
    const outcome = repeatable?.idIn(reply.body) ?? making.id;
    // The effect stands: to say now that it failed would be untrue, even if a repetition may have a second one.
    await this.#quietly('an answer could not be kept', this.#idempotency.settle(request, token, outcome));
    return reply;
  }

  async #quietly(message: string, step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      this.#log.warn(message, { error });
    }
  }
}

/** Keys of one caller say nothing to another. */
function scopeOf(caller: Caller | undefined): string {
  if (caller === undefined) throw new Error('a route for anybody cannot be idempotent: its keys would be shared');
  return caller.kind === 'app' ? 'app' : `user:${caller.userId}`;
}

/** The same text for the same request, in whichever order its names came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1));
  });
}
