import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import { admittingAudiences, firstSettings, mayCall, revealed } from '../../domain/people/policy.ts';
import type { Audience, PolicyAnswer, RevealedReason, WhenBusy } from '../../domain/people/policy.ts';
import { hasKnownTimeZone } from '../../domain/people/quietHours.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';

export interface CallableContext {
  readonly users: UserDirectory;
  readonly relations: Relations;
  readonly clock: Clock;
  /** Called when quiet hours are in a time zone that this machine does not know: for that user it is always quiet. */
  readonly onUnknownTimeZone?: (timeZone: string) => void;
}
export interface CallableRequest {
  readonly callerId: UserId;
  readonly calleeIds: readonly UserId[];
  /** Whether it is a call of more than two. */
  readonly isGroup?: boolean;
}
export interface CallableAnswer extends PolicyAnswer {
  readonly calleeId: UserId;
  /** The callee's audiences that admit the caller. */
  readonly admittedAs: readonly Audience[];
  readonly whenBusy: WhenBusy;
}

/**
 * Whether the caller may call each of them, and why not. One answer for each, in the same order; `createCall` enforces
 * the same. Everything is read together, whatever the result, since the time that it takes must reveal nothing.
 */
export async function callable(
  { users, relations, clock, onUnknownTimeZone }: CallableContext,
  { callerId, calleeIds, isGroup = false }: CallableRequest,
): Promise<readonly CallableAnswer[]> {
  // A user who is named twice is looked up once.
  const asked = [...new Set(calleeIds)];
  const [caller, facts, ...callees] = await Promise.all([
    users.get(callerId),
    relations.between(callerId, asked),
    ...asked.map((calleeId) => users.get(calleeId)),
  ]);
  const now = clock.now();
  const answers = asked.map((calleeId, index) => {
    const between = facts[index];
    if (between === undefined) throw new Error('the store returned relations for fewer callees than were asked for');
    const callee = callees[index];
    const question = {
      isSelf: callerId === calleeId,
      between,
      isGroup,
      now,
      ...(caller === undefined
        ? {}
        : { caller: { callingOn: caller.settings.callingOn, isVerified: caller.isVerified } }),
      ...(callee === undefined ? {} : { callee: callee.settings }),
    };
    const { whenBusy, quietHours } = callee?.settings ?? firstSettings;
    if (quietHours !== null && !hasKnownTimeZone(quietHours)) onUnknownTimeZone?.(quietHours.timeZone);
    return { calleeId, ...mayCall(question), admittedAs: admittingAudiences(question), whenBusy };
  });
  const byCallee = new Map(answers.map((answer) => [answer.calleeId, answer]));
  return calleeIds.flatMap((calleeId) => byCallee.get(calleeId) ?? []);
}

/** Throws the reason that the caller may know for the first user who may not be called. */
export function refuseUncallable(answers: readonly CallableAnswer[]): void {
  for (const answer of answers) refuse(revealed(answer));
}

function refuse(reason: RevealedReason | undefined): void {
  switch (reason) {
    case undefined:
      return;
    case 'calling_off':
      throw new CallError('calling_off');
    case 'self':
    case 'blocked_by_you':
    case 'not_callable':
      throw new CallError('not_callable');
  }
}
