/** What became of the first request with a key. */
export type Claim =
  | { readonly state: 'first' }
  | { readonly state: 'in_progress' }
  | { readonly state: 'conflict' }
  | { readonly state: 'answered'; readonly answer: string };

/** Remembers answers by key, so that a repeated request has one effect. Keys belong to a scope (the user). */
export interface Idempotency {
  /** `fingerprint` tells requests apart: the same key with another one is a conflict. */
  claim(scope: string, key: string, fingerprint: string): Promise<Claim>;
  settle(scope: string, key: string, answer: string): Promise<void>;
  /** The first request failed: the key may be tried again. */
  abandon(scope: string, key: string): Promise<void>;
}
