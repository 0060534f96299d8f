import { invitedOf, isGroup, participantOf, presentOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { invitationTo } from '../../domain/call/decisions/invite.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import { callable, refuseUncallable } from '../people/callable.ts';
import type { CallableContext } from '../people/callable.ts';
import { partBlocked } from '../people/blocks.ts';
import { runOnCall } from './running/runCommand.ts';
import type { CommandContext } from './running/runCommand.ts';
import { costingAttempt, ring } from '../people/spendRinging.ts';
import type { RingingContext } from '../people/spendRinging.ts';

export interface InviteContext extends CommandContext, CallableContext, RingingContext {}
export interface InviteRequest {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly invitees: readonly UserId[];
}

/**
 * Whoever invites must be allowed to add each of them to a group; one who may not be added refuses all. So does one whom
 * a call of two still rings, and who is asked into a group by this.
 */
export function inviteToCall(context: InviteContext, request: InviteRequest): Promise<Call> {
  return costingAttempt(context, request.userId, () => invite(context, request));
}

async function invite(context: InviteContext, { callId, userId, invitees }: InviteRequest): Promise<Call> {
  const call = await context.store.load(callId);
  // To strangers every call is unknown, whomever they ask for.
  if (call === undefined || participantOf(call, userId) === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  const drawnIn = isGroup(call) ? [] : invitedOf(call).map((one) => one.userId);
  const calleeIds = [...new Set([...invitees, ...drawnIn])];
  const answers = await callable(context, { callerId: userId, calleeIds, isGroup: true });
  refuseUncallable(answers);
  // What the call refuses rings nobody, costs nothing, and does not tell who is busy.
  const invitation = invitationTo(call, userId, invitees);
  if ('refused' in invitation) throw new CallError(invitation.refused);
  const callees = answers.filter(({ calleeId }) => invitation.rings.includes(calleeId));
  const { after: invited } = await ring(context, { callerId: userId, callees, into: callId }, () =>
    runOnCall(context, callId, { name: 'invite', userId, invitees }),
  );
  // A block that came meanwhile. Others who are rung keep ringing: the end of a ring would tell of a block.
  const others = presentOf(invited).filter((one) => calleeIds.includes(one.userId));
  return partBlocked(context, invited, { userId, others });
}
