/** How long to wait before the next attempt. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Doubles each time. `failures` before this wait, counted from 0: the first wait is `firstMs`. */
export function exponentialMs({ firstMs, longestMs }: BackoffRule, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** failures);
}
