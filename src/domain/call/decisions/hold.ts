import { participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { refused, repeated, withParticipant } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { UserId } from '../../kernel/ids.ts';
import { paced } from './pace.ts';

/** Media stops for this participant in both directions, or goes on. */
export interface Hold {
  readonly userId: UserId;
  readonly onHold: boolean;
}

/** Whoever talks in another call puts this one on hold; the others hear of it. Nothing else of the call changes. */
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
