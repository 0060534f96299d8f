/**
 * What a caller's ringing has used up, so that it cannot be used to harass. Two things count:
 * - attempts in a window of time: those that ring, and those whose refusal tells something of others (`not_callable`,
 *   `user_busy`). One that is refused for the caller's own sake or the system's is given back.
 * - for each callee how often it rang in vain, or told that they are busy. What never rang is taken back, and a conversation
 *   of the two, whoever called, forgives both.
 * Holds user ids and times, nothing else.
 */
import type { Instant, UserId } from '../kernel/ids.ts';

export interface InVain {
  readonly userId: UserId;
  readonly times: number;
  readonly lastAt: Instant;
}
export interface RingLedger {
  readonly windowBeganAt: Instant;
  readonly attempts: number;
  /** Oldest first. */
  readonly inVain: readonly InVain[];
}

export interface RingLimits {
  /** Attempts to call anybody within `windowMs`, whether they ring or are refused. */
  readonly attempts: number;
  readonly windowMs: number;
  /** How long to wait after n unanswered calls, by n. The last value holds for all further calls. */
  readonly waitsMs: readonly number[];
}

/** Unanswered calls are forgotten after a day without another. */
export const ledgerLifeMs = 24 * 3_600_000;
/** More callees than anybody honestly rings in a day. */
const maxRemembered = 500;

export type Ringing =
  { readonly granted: true; readonly ledger: RingLedger } | { readonly granted: false; readonly retryAfterMs: number };

/** An attempt to call anybody. It is counted before it is known whether it may ring. */
export function attempted(ledger: RingLedger | undefined, limits: RingLimits, now: Instant): Ringing {
  const isOver = ledger === undefined || now >= ledger.windowBeganAt + limits.windowMs;
  const window = isOver ? { windowBeganAt: now, attempts: 0 } : ledger;
  if (window.attempts >= limits.attempts) {
    return { granted: false, retryAfterMs: window.windowBeganAt + limits.windowMs - now };
  }
  const inVain = (ledger?.inVain ?? []).filter(({ lastAt }) => now < lastAt + ledgerLifeMs);
  return {
    granted: true,
    ledger: { windowBeganAt: window.windowBeganAt, attempts: window.attempts + 1, inVain },
  };
}

/**
 * Rings all of them or none. Counts as unanswered until it is answered, so that the end of a process does not hide it.
 */
export function rung(
  ledger: RingLedger,
  callees: readonly UserId[],
  { limits, now }: { readonly limits: RingLimits; readonly now: Instant },
): Ringing {
  const before = new Map(ledger.inVain.map((one) => [one.userId, one]));
  const waits = callees.flatMap((userId) => {
    const one = before.get(userId);
    return one === undefined ? [] : [one.lastAt + waitMs(limits, one.times) - now];
  });
  const retryAfterMs = Math.max(0, ...waits);
  if (retryAfterMs > 0) return { granted: false, retryAfterMs };
  const others = ledger.inVain.filter(({ userId }) => !callees.includes(userId));
  const again = callees.map((userId) => ({ userId, times: (before.get(userId)?.times ?? 0) + 1, lastAt: now }));
  return { granted: true, ledger: { ...ledger, inVain: [...others, ...again].slice(-maxRemembered) } };
}

/** The attempt was refused for a reason that reveals nothing of others. */
export function withoutAttempt(ledger: RingLedger): RingLedger {
  return { ...ledger, attempts: Math.max(0, ledger.attempts - 1) };
}

/** What `rung` has counted, so that it can be taken back. */
export interface Charge {
  readonly userIds: readonly UserId[];
  readonly at: Instant;
  /** The state before. */
  readonly inVain: readonly InVain[];
}

/** These users were not rung after all. Others may have been rung meanwhile, and these by another device. */
export function notRung(ledger: RingLedger, { userIds, at, inVain }: Charge): RingLedger {
  const before = new Map(inVain.map((one) => [one.userId, one]));
  const corrected = ledger.inVain.flatMap((one): readonly InVain[] => {
    if (!userIds.includes(one.userId)) return [one];
    const was = before.get(one.userId);
    if (one.lastAt === at && one.times === (was?.times ?? 0) + 1) return was === undefined ? [] : [was];
    return one.times > 1 ? [{ ...one, times: one.times - 1 }] : [];
  });
  return { ...ledger, inVain: corrected };
}

/** The two have talked: earlier unanswered calls are forgiven. */
export function answeredBy(ledger: RingLedger, userId: UserId): RingLedger {
  return { ...ledger, inVain: ledger.inVain.filter((one) => one.userId !== userId) };
}

function waitMs({ waitsMs }: RingLimits, times: number): number {
  return waitsMs[Math.min(times, waitsMs.length - 1)] ?? 0;
}
