/** How long to wait before the next attempt. */
import { exponentialMs } from '../../support/backoff.ts';

/** The first attempt is immediate. The spread only keeps many clients from reaching a server in one moment. */
const spreadMs = 100;
const afterwards = {
  /** The second attempt comes soon, since most losses are short. */
  firstMs: 250,
  /** Short enough that several attempts fit into a call's grace. */
  longestMs: 5_000,
} as const;

/**
 * The wait before an attempt, counted from 0. From attempt 1 on it grows exponentially, with jitter between half and
 * the whole. After a first failure, continue with attempt 1.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  if (attempt === 0) return Math.round(random() * spreadMs);
  const whole = exponentialMs(afterwards, attempt - 1);
  return Math.round(whole * (0.5 + random() / 2));
}
