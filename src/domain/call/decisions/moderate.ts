/** What the host may do to others (the right `moderate`). */
import { participantOf } from '../call.ts';
import type { Call, LiveCall, Participant } from '../call.ts';
import { refused, repeated, settled, withGone, withParticipant } from '../change.ts';
import type { Change, Moment, Verdict } from '../change.ts';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { UserId } from '../../kernel/ids.ts';
import { paced } from './changeRateLimit.ts';

/** Pauses a participant's microphone. */
export interface Mute {
  readonly userId: UserId;
  readonly targetId: UserId;
}
/** Removes a participant. */
export interface Remove {
  readonly userId: UserId;
  readonly targetId: UserId;
}

/** The call itself does not change: the broadcast pauses the microphone by this event, and its owner may unmute it. */
export function mute(call: LiveCall, { userId: by, targetId: userId }: Mute, { now }: Moment): Verdict {
  const refusal = mayModerate(call, by, userId);
  if (refusal !== undefined) return refused(refusal);
  if (participantOf(call, userId)?.state !== 'joined') return refused('not_joined');
  const moderator = participantOf(call, by);
  const counted = moderator?.state === 'joined' ? paced(moderator, now) : undefined;
  if (counted === undefined) return refused('too_many_requests');
  return { call: withParticipant(call, counted), facts: [{ type: 'call.muted', userId, by }] };
}

/**
 * Removes a participant who is or was in the call, or stops the ringing for them. They come back by invitation only.
 */
export function remove(call: LiveCall, { userId: by, targetId }: Remove, moment: Moment): Verdict {
  const refusal = mayModerate(call, by, targetId);
  if (refusal !== undefined) return refused(refusal);
  const target = participantOf(call, targetId);
  if (target?.state === 'gone' && target.reason === 'removed') return repeated;
  // Keep the outcome of somebody who never joined.
  if (target === undefined || (target.state === 'gone' && target.talkedMs === undefined)) return refused('not_joined');
  return withRemoved(call, target, moment);
}

export function isRemoved(call: Call, { userId, targetId }: Remove): boolean {
  return participantOf(call, userId) !== undefined && participantOf(call, targetId)?.state === 'gone';
}

export function withRemoved(call: LiveCall, target: Participant, moment: Moment): Change {
  const without = withGone(call, target, 'removed', moment);
  const reason = call.phase === 'ringing' ? 'cancelled' : 'ended_by_host';
  return settled(without, reason, moment, [{ type: 'call.left', userId: target.userId, reason: 'removed' }]);
}

/** Participants leave by `leave` and mute themselves by `pause`. */
function mayModerate(call: LiveCall, by: UserId, targetId: UserId): ErrorCode | undefined {
  const moderator = participantOf(call, by);
  if (moderator?.role !== 'host' || by === targetId) return 'not_allowed';
  return moderator.state === 'joined' ? undefined : 'not_joined';
}
