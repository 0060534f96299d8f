/** A request with an idempotency key. */
export interface KeyedRequest {
  /** The sender of the keys: different senders may use the same key. */
  readonly scope: string;
  /** As the client chose it. */
  readonly key: string;
}

/** The result of the first request with a key. */
export type Claim =
  /**
   * This request must do the work; its result gets `id`. `again`: another began it under the same id and died, so the
   * result may exist already. `token` distinguishes this claim from others of the same key.
   */
  | { readonly state: 'first'; readonly id: string; readonly again: boolean; readonly token: string }
  /** Another request is working on it now. */
  | { readonly state: 'in_progress' }
  /** The key was used for another request. */
  | { readonly state: 'conflict' }
  /** The scope has reached its limit of requests in progress. */
  | { readonly state: 'full' }
  /** The first request has finished; `outcome` is what it passed to `settle`. */
  | { readonly state: 'done'; readonly outcome: string };

/**
 * Stores the result of a request by its key, so that a repeated one has no second effect. A claim has a short lease: if
 * the process that works on it dies, the next request takes it over. Only the newest keys of a scope are kept. Follows
 * draft-ietf-httpapi-idempotency-key-header. Every method throws `CallError('unavailable')` if the store cannot be
 * reached.
 */
export interface Idempotency {
  /**
   * `fingerprint` identifies the request: the same key with another fingerprint is a conflict. `id`: for the result, if
   * this request is the first.
   */
  claim(request: KeyedRequest, offer: { readonly fingerprint: string; readonly id: string }): Promise<Claim>;
  /** The work continues: call this several times within a lease. */
  renew(request: KeyedRequest, token: string): Promise<void>;
  /** `outcome`: a short text. Does nothing if another has taken over the claim. */
  settle(request: KeyedRequest, token: string, outcome: string): Promise<void>;
  /** The request failed: the key may be used again. */
  abandon(request: KeyedRequest, token: string): Promise<void>;
}

/** Without a renewal for this long, the process counts as dead. */
export const claimLeaseMs = 2_000;
/** Limit per scope: more than anybody sends while requests are still repeated. */
export const maxKeys = 100;
