/**
 * The deadlines of a call. Each follows from the state of the call alone: since when somebody rings, is missing or is
 * alone, and how long each may last. So a call needs one timer, for its next deadline. A timer that fires late, early
 * or twice does only what is due.
 */
import { invitedOf, isAlone, isExpected, joinedOf } from './call.ts';
import type { Call, LiveCall, Participant } from './call.ts';
import type { Instant, UserId } from '../kernel/ids.ts';

export const deadlineKinds = ['ring', 'grace', 'empty', 'longest'] as const;
export type DeadlineKind = (typeof deadlineKinds)[number];

export interface Deadline {
  readonly kind: DeadlineKind;
  /** The participant who rings or is missing. Absent where the deadline is about the call. */
  readonly userId?: UserId;
  readonly at: Instant;
}

/** What must be done outside once a transition is saved. Each effect is safe to repeat. */
export type Effect =
  /** Look at the call at this time. An earlier look that is planned stays. */
  | { readonly kind: 'look'; readonly at: Instant }
  /** The call has ended: no timer is needed. */
  | { readonly kind: 'rest' };

/** In order of time. A state without a known time is due at once, to get one. */
export function deadlinesOf(call: Call): readonly Deadline[] {
  if (call.phase === 'ended') return [];
  const { ringTimeoutMs, reconnectGraceMs, emptyTimeoutMs, longestCallMs } = call.limits;
  const after = (since: Instant | undefined, ms: number): Instant =>
    since === undefined ? call.createdAt : since + ms;
  const deadlines: readonly Deadline[] = [
    { kind: 'longest', at: call.createdAt + longestCallMs },
    ...invitedOf(call).map(({ userId, rungSince }): Deadline => ({
      kind: 'ring',
      userId,
      at: after(rungSince, ringTimeoutMs),
    })),
    ...joinedOf(call)
      .filter(isExpected)
      .map(({ userId, expectedSince }): Deadline => ({
        kind: 'grace',
        userId,
        at: after(expectedSince, reconnectGraceMs),
      })),
    ...(isAlone(call) ? [{ kind: 'empty', at: after(call.aloneAt, emptyTimeoutMs) } as const] : []),
  ];
  return [...deadlines].sort((one, other) => one.at - other.at);
}

/** Undefined once the call has ended. */
export function nextDeadline(call: Call): Instant | undefined {
  return deadlinesOf(call)[0]?.at;
}

/** Empty when the next deadline did not change. */
export function timerEffects(before: Call | undefined, after: Call): readonly Effect[] {
  const next = nextDeadline(after);
  if (next === undefined) return [{ kind: 'rest' }];
  return before !== undefined && nextDeadline(before) === next ? [] : [{ kind: 'look', at: next }];
}

/** Whether the time of some state is unknown, as in calls stored by a version that did not keep it. */
export function lacksTimes(call: LiveCall): boolean {
  return (
    invitedOf(call).some(({ rungSince }) => rungSince === undefined) ||
    joinedOf(call).some((one) => isExpected(one) && one.expectedSince === undefined) ||
    (isAlone(call) && call.aloneAt === undefined)
  );
}

/** Notes since when each state holds: now, where it is new or its time is unknown. */
export function withTimes(before: Call | undefined, after: Call, now: Instant): Call {
  const participants = after.participants.map((one): Participant => {
    const was = before?.participants.find(({ userId }) => userId === one.userId);
    const holdsOn = was?.era === one.era;
    if (one.state === 'invited') {
      return { ...one, rungSince: (holdsOn && was.state === 'invited' ? was.rungSince : undefined) ?? now };
    }
    if (one.state === 'gone') return one;
    const { expectedSince: _, ...rest } = one;
    if (!isExpected(one)) return rest;
    return { ...rest, expectedSince: (holdsOn && was.state === 'joined' ? was.expectedSince : undefined) ?? now };
  });
  const timed = { ...after, participants };
  if (timed.phase !== 'active') return timed;
  const { aloneAt: _, ...rest } = timed;
  if (!isAlone(timed)) return rest;
  const since = before?.phase === 'active' ? before.aloneAt : undefined;
  return { ...rest, aloneAt: since ?? now };
}

/**
 * A call that was lost and is put back: nobody could come back meanwhile, so their time begins anew. Ringing and the
 * longest call have continued.
 */
export function withTimeAnew(call: Call, now: Instant): Call {
  if (call.phase === 'ended') return call;
  const participants = call.participants.map((one) =>
    one.state === 'joined' && isExpected(one) ? { ...one, expectedSince: now } : one,
  );
  const anew = { ...call, participants };
  return isAlone(anew) ? { ...anew, aloneAt: now } : anew;
}
