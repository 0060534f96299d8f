/**
 * A circuit breaker: an endpoint that does not answer gets no messages, except a single attempt now and then. Times are
 * milliseconds of a clock that only goes forward.
 */
import { exponentialMs } from '../../support/backoff.ts';

export type Breaker =
  /** `failures`: attempts in a row that got no answer. */
  | { readonly state: 'closed'; readonly failures: number; readonly changedAt: number }
  /** `openings`: how often in a row it was opened. */
  | { readonly state: 'open'; readonly openings: number; readonly probeAt: number; readonly changedAt: number }
  /** One attempt is under way; its result decides. */
  | { readonly state: 'probing'; readonly openings: number; readonly changedAt: number };

export interface BreakerRules {
  /** The number of failed attempts in a row that opens the breaker. */
  readonly failures: number;
  readonly firstProbeMs: number;
  /** Each opening doubles the wait, up to this limit. */
  readonly slowestProbeMs: number;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0, changedAt: -Infinity };

/** How many attempts may be under way now. */
export function allowedBy(breaker: Breaker, now: number): 'all' | 'one' | 'none' {
  if (breaker.state === 'closed') return 'all';
  return breaker.state === 'open' && now >= breaker.probeAt ? 'one' : 'none';
}

/** The one attempt begins. */
export function probing(breaker: Breaker, now: number): Breaker {
  return breaker.state === 'open' ? { state: 'probing', openings: breaker.openings, changedAt: now } : breaker;
}

/** The probe was not sent: there was no message, or the store could not be reached. The next one may start at once. */
export function unprobed(breaker: Breaker, now: number): Breaker {
  if (breaker.state !== 'probing') return breaker;
  return { state: 'open', openings: breaker.openings, probeAt: now, changedAt: breaker.changedAt };
}

export interface Attempted {
  readonly answered: boolean;
  readonly beganAt: number;
  readonly now: number;
}

export function afterAttempt(breaker: Breaker, { answered, beganAt, now }: Attempted, rules: BreakerRules): Breaker {
  if (answered) return breaker.state === 'closed' ? { ...breaker, failures: 0 } : { ...closedBreaker, changedAt: now };
  // The state has changed since that attempt began, so its failure says nothing about now.
  if (beganAt < breaker.changedAt || breaker.state === 'open') return breaker;
  if (breaker.state === 'probing') return opened(breaker.openings + 1, now, rules);
  const failures = breaker.failures + 1;
  return failures < rules.failures ? { ...breaker, failures } : opened(1, now, rules);
}

function opened(openings: number, now: number, { firstProbeMs, slowestProbeMs }: BreakerRules): Breaker {
  const waitMs = exponentialMs({ firstMs: firstProbeMs, longestMs: slowestProbeMs }, openings - 1);
  return { state: 'open', openings, probeAt: now + waitMs, changedAt: now };
}
