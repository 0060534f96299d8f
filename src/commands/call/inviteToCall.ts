import { invitedOf, isGroup, participantOf, presentOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { invitationTo } from '../../domain/call/decisions/invite.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, KeyedRequestId, UserId } from '../../domain/kernel/ids.ts';
import { callable, refuseUncallable } from '../people/callable.ts';
import type { CallableContext } from '../people/callable.ts';
import { partBlocked } from '../people/partBlockedUsers.ts';
import { runOnCall } from './running/runCommand.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CommandContext } from './running/runCommand.ts';
import { ring } from '../people/spendRinging.ts';
import type { RingingContext, Rings } from '../people/spendRinging.ts';

export interface InviteContext extends CommandContext, CallableContext, RingingContext {
  readonly callIndex: Pick<CallIndex, 'liveCallsOf'>;
}
export interface InviteRequest {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly invitees: readonly UserId[];
  readonly requestId?: KeyedRequestId | undefined;
}

/**
 * The inviter must be allowed to add each of them to a group: one refusal refuses all. In a call of two this includes a
 * callee who is still rung, since the invitation makes it a group.
 */
export async function inviteToCall(context: InviteContext, request: InviteRequest): Promise<Call> {
  const { callId, ...asked } = request;
  const { userId } = asked;
  const { after, calleeIds } = await ring(context, {
    callerId: userId,
    prepare: () => invitable(context, request),
    work: async (prepared) => {
      const changed = await runOnCall(context, callId, { name: 'invite', ...asked });
      return { after: changed.after, calleeIds: prepared.calleeIds };
    },
  });
  // A block that came meanwhile. Others who are rung keep ringing: the end of a ring would reveal the block.
  const others = presentOf(after).filter((one) => calleeIds.includes(one.userId));
  return partBlocked(context, after, { userId, others });
}

interface Invitable extends Rings {
  /** Everybody whom the inviter brings together in a group, rung now or before. */
  readonly calleeIds: readonly UserId[];
}

async function invitable(context: InviteContext, { callId, userId, invitees }: InviteRequest): Promise<Invitable> {
  const call = await context.store.load(callId);
  // For strangers every call is unknown, whatever they ask.
  if (call === undefined || participantOf(call, userId) === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  const drawnIn = isGroup(call) ? [] : invitedOf(call).map((one) => one.userId);
  const calleeIds = [...new Set([...invitees, ...drawnIn])];
  const answers = await callable(context, { callerId: userId, calleeIds, isGroup: true });
  refuseUncallable(answers);
  // An invitation that the call refuses rings nobody, costs nothing, and does not reveal who is busy.
  const invitation = invitationTo(call, userId, invitees);
  if ('refused' in invitation) throw new CallError(invitation.refused);
  return { callees: answers.filter(({ calleeId }) => invitation.rings.includes(calleeId)), into: callId, calleeIds };
}
