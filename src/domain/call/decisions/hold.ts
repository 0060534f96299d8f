import { participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { refused, repeated, withParticipant } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { UserId } from '../../kernel/ids.ts';
import { paced } from './changeRateLimit.ts';

/** Stops media for this participant in both directions, or starts it again. */
export interface Hold {
  readonly userId: UserId;
  readonly onHold: boolean;
}

/** A participant who talks in another call puts this one on hold, and the others are notified. Nothing else changes. */
export function hold(call: LiveCall, { userId, onHold }: Hold, { now }: Moment): Verdict {
  const participant = participantOf(call, userId);
  if (participant?.state !== 'joined') return refused('not_joined');
  if ((participant.onHold ?? false) === onHold) return repeated;
  const counted = paced(participant, now);
  if (counted === undefined) return refused('too_many_requests');
  const { onHold: _, ...rest } = counted;
  return {
    call: withParticipant(call, onHold ? { ...rest, onHold: true } : rest),
    facts: [{ type: onHold ? 'call.held' : 'call.unheld', userId }],
  };
}
