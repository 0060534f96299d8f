/** How long to wait before another attempt at what has just failed. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Twice as long each time. `failures` before this wait, counted from 0: the first wait is `firstMs`. */
export function exponentialMs({ firstMs, longestMs }: BackoffRule, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** failures);
}
