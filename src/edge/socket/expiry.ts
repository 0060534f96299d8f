import type { Instant } from '../../domain/kernel/ids.ts';

/** Long enough for an app that has to wake up to get a new token. */
const noticeMs = 60_000;

/**
 * When a client hears that what it holds expires: a minute before, or after half of what is left if that is later. Spread
 * over a quarter of that time, so that those who came together do not ask the app together.
 */
export function noticeAt(expiresAt: Instant, now: Instant, random = Math.random): Instant {
  const leadMs = Math.min(noticeMs, Math.max(0, expiresAt - now) / 2);
  return expiresAt - leadMs * (1 - random() / 4);
}
