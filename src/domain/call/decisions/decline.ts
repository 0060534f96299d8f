import { participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { refused, repeated, settled, withGone } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { UserId } from '../../kernel/ids.ts';

export interface Decline {
  readonly userId: UserId;
}

/** Declining on one device stops the ringing on all devices of the user. */
export function decline(call: LiveCall, { userId }: Decline, moment: Moment): Verdict {
  const participant = participantOf(call, userId);
  if (participant === undefined) return refused('call_not_found');
  if (participant.state === 'gone') return participant.reason === 'declined' ? repeated : refused('not_ringing');
  if (participant.state === 'joined') return refused('not_ringing');
  const without = withGone(call, participant, 'declined', moment);
  return settled(without, 'declined', moment, [{ type: 'call.declined', userId }]);
}
