/** How long to wait before the next attempt. */
import { exponentialMs } from '../../support/backoff.ts';

/** The first attempt is at once, spread just so far that a crowd does not fall upon a server in one moment. */
const spreadMs = 100;
const afterwards = {
  /** The second is nearly at once, since most losses are short. */
  firstMs: 250,
  /** Short enough that a call's reconnect grace holds several attempts. */
  longestMs: 5_000,
} as const;

/**
 * Before an attempt, counted from 0: afterwards exponential with jitter between half and the whole. What has just failed is
 * tried again before attempt 1.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  if (attempt === 0) return Math.round(random() * spreadMs);
  const whole = exponentialMs(afterwards, attempt - 1);
  return Math.round(whole * (0.5 + random() / 2));
}
