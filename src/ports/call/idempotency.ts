/** A request of somebody with a key. */
export interface KeyedRequest {
  /** Whose keys these are: they say nothing to others. */
  readonly scope: string;
  readonly key: string;
}

/** What became of the first request with a key. */
export type Claim =
  /**
   * This request is to do the work, and what it makes is called `id`. `again`: another began it under the same id and died,
   * so that it may be made already. `token` tells the claim from others of the same key.
   */
  | { readonly state: 'first'; readonly id: string; readonly again: boolean; readonly token: string }
  /** Another works on it at this moment. */
  | { readonly state: 'in_progress' }
  | { readonly state: 'conflict' }
  /** As many requests of this scope as may be are at work. */
  | { readonly state: 'full' }
  | { readonly state: 'done'; readonly outcome: string };

/**
 * Remembers by key what a request made, so that a repeated one makes nothing. A claim is held by a short lease: when the
 * process that works on it dies, the next request takes it over. Of one scope the newest keys alone are remembered.
 */
export interface Idempotency {
  /** `fingerprint` tells requests apart: the same key with another one is a conflict. `id`: what is made, if it is first. */
  claim(request: KeyedRequest, offer: { readonly fingerprint: string; readonly id: string }): Promise<Claim>;
  /** The work goes on: to be said several times within a lease. */
  renew(request: KeyedRequest, token: string): Promise<void>;
  /** `outcome`: a short text. A claim that was taken over settles nothing. */
  settle(request: KeyedRequest, token: string, outcome: string): Promise<void>;
  /** The request failed: the key may be tried again. */
  abandon(request: KeyedRequest, token: string): Promise<void>;
}

/** Without a renewal for this long the process is taken for dead. */
export const claimLeaseMs = 2_000;
/** Of one scope: more than somebody makes in the time for which requests are repeated. */
export const maxKeys = 100;
