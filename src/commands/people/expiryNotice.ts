import type { Instant } from '../../domain/kernel/ids.ts';

/** Enough time for an app in the background to get a new token. */
const noticeMs = 60_000;

/**
 * When a client is notified that its token or ticket expires: a minute before, or at half of the remaining time if that
 * is later. Spread over a quarter of that period, so that clients which connected together do not ask the app together.
 */
export function noticeAt(expiresAt: Instant, now: Instant, random = Math.random): Instant {
  const leadMs = Math.min(noticeMs, Math.max(0, expiresAt - now) / 2);
  return expiresAt - leadMs * (1 - random() / 4);
}
