import type { Instant } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import { claimLeaseMs, maxKeys } from '../../ports/call/idempotency.ts';
import type { Claim, Idempotency, KeyedRequest } from '../../ports/call/idempotency.ts';

export interface MemoryIdempotencyOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly leaseMs?: number;
  readonly most?: number;
}

interface Held {
  readonly fingerprint: string;
  readonly until: Instant;
  readonly what: string;
  /** Absent when the request is done. */
  readonly token?: string;
}

export class MemoryIdempotency implements Idempotency {
  readonly #options: Required<MemoryIdempotencyOptions>;
  readonly #scopes = new Map<string, Map<string, Held>>();
  #tokens = 0;

  constructor({ leaseMs = claimLeaseMs, most = maxKeys, ...options }: MemoryIdempotencyOptions) {
    this.#options = { ...options, leaseMs, most };
  }

  claim({ scope, key }: KeyedRequest, { fingerprint, id }: { fingerprint: string; id: string }): Promise<Claim> {
    const now = this.#options.clock.now();
    const all = this.#scopes.get(scope) ?? new Map<string, Held>();
    this.#scopes.set(scope, all);
    for (const [name, one] of all) if (this.#isForgotten(one, now)) all.delete(name);
    const held = all.get(key);
    if (held !== undefined) {
      if (held.fingerprint !== fingerprint) return Promise.resolve({ state: 'conflict' });
      if (held.token === undefined) return Promise.resolve({ state: 'done', outcome: held.what });
      if (held.until > now) return Promise.resolve({ state: 'in_progress' });
    } else if (all.size >= this.#options.most && !makeRoom(all, now)) return Promise.resolve({ state: 'full' });
    this.#tokens += 1;
    const token = String(this.#tokens);
    const what = held?.what ?? id;
    all.set(key, { fingerprint, until: now + this.#options.leaseMs, what, token });
    return Promise.resolve({ state: 'first', id: what, again: held !== undefined, token });
  }

  renew(request: KeyedRequest, token: string): Promise<void> {
    this.#change(request, token, (held) => ({ ...held, until: this.#options.clock.now() + this.#options.leaseMs }));
    return Promise.resolve();
  }

  settle(request: KeyedRequest, token: string, outcome: string): Promise<void> {
    this.#change(request, token, ({ fingerprint }) => ({
      fingerprint,
      what: outcome,
      until: this.#options.clock.now() + this.#options.ttlMs,
    }));
    return Promise.resolve();
  }

  abandon(request: KeyedRequest, token: string): Promise<void> {
    this.#change(request, token, () => undefined);
    return Promise.resolve();
  }

  #change({ scope, key }: KeyedRequest, token: string, step: (held: Held) => Held | undefined): void {
    const all = this.#scopes.get(scope);
    const held = all?.get(key);
    if (all === undefined || held?.token !== token) return;
    const after = step(held);
    if (after === undefined) all.delete(key);
    else all.set(key, after);
  }

  #isForgotten({ until, token }: Held, now: Instant): boolean {
    return until + (token === undefined ? 0 : this.#options.ttlMs) <= now;
  }
}

function makeRoom(all: Map<string, Held>, now: Instant): boolean {
  const idle = [...all].filter(([, { token, until }]) => token === undefined || until <= now);
  const [oldest] = idle.sort(([, one], [, other]) => one.until - other.until);
  return oldest !== undefined && all.delete(oldest[0]);
}
