/** The ways to end it: the caller cancels, a participant leaves, the host ends the call for all. */
import { participantOf } from '../call.ts';
import type { Call, LiveCall } from '../call.ts';
import { ended, refused, settled, withGone } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { UserId } from '../../kernel/ids.ts';

export interface Cancel {
  readonly userId: UserId;
}
export interface Leave {
  readonly userId: UserId;
}
/** `by` is absent when the app's backend ends the call. */
export interface End {
  readonly by?: UserId;
}

export function cancel(call: LiveCall, { userId }: Cancel, moment: Moment): Verdict {
  const participant = participantOf(call, userId);
  if (participant === undefined) return refused('call_not_found');
  if (participant.role !== 'host') return refused('not_allowed');
  return ended(call, 'cancelled', moment);
}

/** Before anybody has answered, hanging up is a cancellation, whichever button was pressed. */
export function leave(call: LiveCall, { userId }: Leave, moment: Moment): Verdict {
  const participant = participantOf(call, userId);
  if (participant === undefined) return refused('call_not_found');
  if (participant.state !== 'joined') return refused('not_joined');
  if (call.phase === 'ringing') return ended(call, 'cancelled', moment);
  return settled(withGone(call, participant, 'left', moment), 'hangup', moment, [
    { type: 'call.left', userId, reason: 'left' },
  ]);
}

export function end(call: LiveCall, { by }: End, moment: Moment): Verdict {
  if (by === undefined) return ended(call, 'ended_by_app', moment);
  const refusal = mayEnd(call, by);
  return refusal === undefined ? ended(call, 'ended_by_host', moment) : refused(refusal);
}

function mayEnd(call: LiveCall, userId: string): ErrorCode | undefined {
  const participant = participantOf(call, userId);
  if (participant === undefined) return 'call_not_found';
  if (participant.role !== 'host') return 'not_allowed';
  return participant.state === 'joined' ? undefined : 'not_joined';
}

export function isGone(call: Call, { userId }: Leave): boolean {
  return participantOf(call, userId)?.state === 'gone';
}

export function isCancelled(call: Call, { userId }: Cancel): boolean {
  return call.phase === 'ended' && participantOf(call, userId) !== undefined;
}

export function isEnded(call: Call, { by }: End): boolean {
  return call.phase === 'ended' && (by === undefined || participantOf(call, by) !== undefined);
}
