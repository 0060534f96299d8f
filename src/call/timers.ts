/**
 * What must happen later. A timer names the era it belongs to, so that a late one cannot touch a newer state. Which
 * timers are pending follows from the state of the call alone: what a transition schedules and takes back is the
 * difference between the state before and the state after.
 */
import { invitedOf, joinedOf } from './call.ts';
import type { Call, CallLimits } from './call.ts';
import type { CallEvent } from './events.ts';
import type { CallId, Instant, UserId } from './ids.ts';

export type Timer =
  | { readonly kind: 'ring'; readonly callId: CallId; readonly era: number }
  | { readonly kind: 'grace'; readonly callId: CallId; readonly userId: UserId; readonly era: number }
  | { readonly kind: 'empty'; readonly callId: CallId; readonly era: number }
  | { readonly kind: 'longest'; readonly callId: CallId; readonly era: number };

/** What the outside must do once a transition is saved. Each is safe to repeat. */
export type Effect =
  | { readonly kind: 'schedule'; readonly timer: Timer; readonly at: Instant }
  | { readonly kind: 'cancel'; readonly timer: Timer };

/** The era of the first version: the longest call is counted from there. */
const firstEra = 1;

function pendingTimers(call: Call | undefined): readonly Timer[] {
  if (call === undefined || call.phase === 'ended') return [];
  const callId = call.id;
  const ringing = new Set(invitedOf(call).map(({ era }) => era));
  const absent = joinedOf(call).filter(
    ({ presence, movesFrom }) => presence !== 'connected' || movesFrom !== undefined,
  );
  const alone = call.phase === 'active' && call.aloneSince !== undefined ? [call.aloneSince] : [];
  return [
    ...[...ringing].map((era): Timer => ({ kind: 'ring', callId, era })),
    { kind: 'longest', callId, era: firstEra },
    ...absent.map(({ userId, era }): Timer => ({ kind: 'grace', callId, userId, era })),
    ...alone.map((era): Timer => ({ kind: 'empty', callId, era })),
  ];
}

function durationMs(kind: Timer['kind'], limits: CallLimits): number {
  switch (kind) {
    case 'ring':
      return limits.ringTimeoutMs;
    case 'grace':
      return limits.reconnectGraceMs;
    case 'empty':
      return limits.emptyTimeoutMs;
    case 'longest':
      return limits.longestCallMs;
  }
}

/**
 * Whatever is pending, with what is left of its time: for a call that was lost and is put back. Who was to come back could
 * not meanwhile, so their time begins anew; ringing and the longest call have gone on.
 */
export function timersLeft(
  { call, events }: { readonly call: Call; readonly events: readonly CallEvent[] },
  now: Instant,
): readonly Effect[] {
  return pendingTimers(call).map((timer): Effect => {
    const beganAt = timer.kind === 'ring' ? rungAt(call, events, timer.era) : call.createdAt;
    const from = timer.kind === 'grace' || timer.kind === 'empty' ? now : beganAt;
    return { kind: 'schedule', timer, at: Math.max(now, from + durationMs(timer.kind, call.limits)) };
  });
}

/** When those were asked who are still rung in this era. */
function rungAt(call: Call, events: readonly CallEvent[], era: number): Instant {
  const asked = invitedOf(call).filter((one) => one.era === era);
  const invitations = events.filter(({ type }) => type === 'call.invited');
  const last = invitations.filter((event) => 'userId' in event && asked.some(({ userId }) => userId === event.userId));
  return Math.max(call.createdAt, ...last.map(({ at }) => at));
}

/** Takes back what is no longer pending, schedules what is from `now` on. */
export function timerEffects(before: Call | undefined, after: Call, now: Instant): readonly Effect[] {
  const [was, is] = [pendingTimers(before), pendingTimers(after)];
  const among = (timers: readonly Timer[], timer: Timer) => timers.some((one) => sameTimer(one, timer));
  return [
    ...was.filter((timer) => !among(is, timer)).map((timer): Effect => ({ kind: 'cancel', timer })),
    ...is
      .filter((timer) => !among(was, timer))
      .map((timer): Effect => ({ kind: 'schedule', timer, at: now + durationMs(timer.kind, after.limits) })),
  ];
}

function sameTimer(one: Timer, other: Timer): boolean {
  if (one.kind !== other.kind || one.era !== other.era) return false;
  return one.kind !== 'grace' || other.kind !== 'grace' || one.userId === other.userId;
}
