/** Whether the call is over for this device, and why. */
import type { LeaveReason } from '../../domain/call/call.ts';
import type { CallView } from '../../protocol/shared/calls.ts';
import type { CallEnding } from './call.ts';

const whenGone: Readonly<Record<LeaveReason, CallEnding>> = {
  declined: 'declined',
  missed: 'missed',
  left: 'left',
  connection_lost: 'connection_lost',
  removed: 'removed',
  call_ended: 'hangup',
};

/** `isMine`: this device made or answered the call, as far as it knows. Used where the server does not say. */
export function endingOf(view: CallView, userId: string, isMine: boolean): CallEnding | undefined {
  if (view.phase === 'ended') return view.reason ?? 'hangup';
  const self = view.participants.find((participant) => participant.userId === userId);
  if (self === undefined) return 'left';
  if (self.state === 'gone') return whenGone[self.reason ?? 'left'];
  const answeredHere = view.answeredHere ?? isMine;
  return self.state === 'joined' && !answeredHere ? 'answered_elsewhere' : undefined;
}
