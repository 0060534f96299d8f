/** How long to wait before the next attempt. */

/** The first attempt is at once, spread just so far that a crowd does not fall upon a server in one moment. */
const spreadMs = 100;
/** The second is nearly at once, since most losses are short. */
const secondMs = 250;
/** Short enough that a call's reconnect grace holds several attempts. */
const longestMs = 5_000;

/**
 * Before an attempt, counted from 0: afterwards exponential with jitter between half and the whole. What has just failed is
 * tried again before attempt 1.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  if (attempt === 0) return Math.round(random() * spreadMs);
  const whole = Math.min(longestMs, secondMs * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + random() / 2));
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
