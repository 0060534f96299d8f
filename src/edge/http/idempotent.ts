/** A repeated POST with the same `Idempotency-Key` gets the first one's answer and has no second effect. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CallError } from '../../call/errors.ts';
import type { Idempotency } from '../../ports/idempotency.ts';
import type { Log } from '../../ports/log.ts';
import { idempotencyKey } from '../../protocol/http.ts';
import type { Caller } from './auth.ts';
import { parseRequest } from './route.ts';
import type { Reply } from './route.ts';

/** How the key is named where a request departs from its schema. */
const header = z.object({ 'Idempotency-Key': idempotencyKey.optional() });
const remembered = z.object({ status: z.int(), body: z.unknown().optional(), location: z.string().optional() });

export interface RequestIdentity {
  readonly caller: Caller | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface IdempotentOptions {
  readonly idempotency: Idempotency;
  readonly log: Log;
}

export class Idempotent {
  readonly #idempotency: Idempotency;
  readonly #log: Log;

  constructor({ idempotency, log }: IdempotentOptions) {
    this.#idempotency = idempotency;
    this.#log = log;
  }

  /** Does the work at once when there is no key. Throws `idempotency_conflict` or `in_progress`. */
  async once(rawKey: string | undefined, request: RequestIdentity, work: () => Promise<Reply>): Promise<Reply> {
    const key = parseRequest(header, { 'Idempotency-Key': rawKey })['Idempotency-Key'];
    if (key === undefined) return work();
    const scope = scopeOf(request.caller);
    const claim = await this.#idempotency.claim(scope, key, fingerprint(request));
    switch (claim.state) {
      case 'answered':
        return remembered.parse(JSON.parse(claim.answer));
      case 'conflict':
        throw new CallError('idempotency_conflict');
      case 'in_progress':
        throw new CallError('in_progress', { retryAfterMs: 1_000 });
      case 'first':
        return this.#first(scope, key, work);
    }
  }

  async #first(scope: string, key: string, work: () => Promise<Reply>): Promise<Reply> {
    let reply: Reply;
    try {
      reply = await work();
    } catch (failure) {
      await this.#quietly('a key could not be given back', this.#idempotency.abandon(scope, key));
      throw failure;
    }
    // The effect stands: to say now that it failed would be untrue, even if a repetition may have a second one.
    await this.#quietly('an answer could not be kept', this.#idempotency.settle(scope, key, JSON.stringify(reply)));
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

function fingerprint({ method, path, body }: RequestIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, body ?? null]))
    .digest('base64url');
}
