import { invitedOf, isGroup, participantOf, presentOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { decide } from '../../domain/call/decide.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import { busyAmong } from '../people/busy.ts';
import { callable, refuseUncallable } from '../people/callable.ts';
import type { CallableContext } from '../people/callable.ts';
import { partBlocked } from '../people/blocks.ts';
import { runOnCall } from './runCommand.ts';
import type { CommandContext } from './runCommand.ts';
import { costingAttempt, refuseBusy, ringing, spendRinging } from '../people/spendRinging.ts';
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
  const present = new Set(presentOf(call).map((one) => one.userId));
  const rung = [...new Set(invitees)].filter((invitee) => !present.has(invitee));
  const drawnIn = isGroup(call) ? [] : invitedOf(call).map((one) => one.userId);
  const calleeIds = [...new Set([...invitees, ...drawnIn])];
  const answers = await callable(context, { callerId: userId, calleeIds, isGroup: true });
  refuseUncallable(answers);
  const command = { name: 'invite', userId, invitees } as const;
  // What the call refuses rings nobody, and costs nothing.
  const decision = decide(call, command, context.clock.now());
  if (decision.outcome === 'refused') throw new CallError(decision.code);
  const asked = answers.filter(({ calleeId }) => rung.includes(calleeId));
  const charge = await spendRinging(context, userId, rung);
  await refuseBusy(context, { callerId: userId, charge }, () =>
    busyAmong(context.store, asked, { caller: userId, into: callId }),
  );
  const invited = await ringing(context, { callerId: userId, charge }, () => runOnCall(context, callId, command));
  // A block that came meanwhile. Others who are rung keep ringing: the end of a ring would tell of a block.
  const others = presentOf(invited).filter((one) => calleeIds.includes(one.userId));
  return partBlocked(context, invited, { userId, others });
}
