/** What people do to a call that exists: one command of the domain each. */
import { callerOf, isGroup, joinedOf, participantOf, ringerOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, DeviceId, UserId } from '../../domain/kernel/ids.ts';
import { partBlocked, refuseBlocked } from '../people/blocks.ts';
import type { PartingContext } from '../people/blocks.ts';
import { forgiveRinging } from '../people/spendRinging.ts';
import type { RingingContext } from '../people/spendRinging.ts';
import { runAgain, runOnCall } from './runCommand.ts';
import type { CommandContext } from './runCommand.ts';
import { ticketFor } from './readCall.ts';
import type { Tokens } from '../../ports/people/tokens.ts';

export interface ByUser {
  readonly callId: CallId;
  readonly userId: UserId;
}
export interface ByDevice extends ByUser {
  readonly deviceId: DeviceId;
}

/** By a request with a key: `again` when a process died that may have done it. */
export interface MayBeDone {
  readonly again?: boolean | undefined;
}

export interface ByHost extends ByUser {
  readonly targetId: UserId;
}

export interface AnswerContext extends PartingContext, Pick<RingingContext, 'ringLedgers'> {}

export async function answerCall(context: AnswerContext, by: ByDevice): Promise<Call> {
  const { call, rungBy } = await enter(context, { name: 'answer', ...by });
  // Not waited for: media must flow, and what is not forgiven costs who rang a wait at most.
  if (rungBy !== undefined) forgive(context, rungBy, by.userId);
  return call;
}

/** Who comes back late talks, too, with who rang them in vain. */
function forgive(context: Pick<RingingContext, 'ringLedgers'>, one: UserId, other: UserId): void {
  void forgiveRinging(context, one, other).catch(() => undefined);
}

export interface RejoinContext extends PartingContext, Pick<RingingContext, 'ringLedgers'> {
  readonly tokens: Tokens;
}

/** With a ticket of their role now, since the one that they had may be of a host. */
export async function rejoinCall(context: RejoinContext, by: ByDevice): Promise<{ call: Call; ticket: string }> {
  const { call, rungBy } = await enter(context, { name: 'rejoin', ...by });
  const caller = rungBy ?? callerOf(call);
  if (caller !== by.userId) forgive(context, caller, by.userId);
  return { call, ticket: await ticketFor(context.tokens, call, by.userId) };
}

/** Blocks are looked at before, and again afterwards for one that came meanwhile and found nobody to part. */
async function enter(
  context: PartingContext,
  { callId, ...command }: ByDevice & { readonly name: 'answer' | 'rejoin' },
): Promise<{ readonly call: Call; readonly rungBy: UserId | undefined }> {
  const { userId } = command;
  const found = await context.store.load(callId);
  if (found !== undefined) await refuseBlocked(context, found, userId);
  const rungBy = found && ringerOf(found, userId);
  const call = await runOnCall(context, callId, command);
  if (!isGroup(call)) return { call, rungBy };
  // Those who are only rung stay so: a ring that ends now would tell this user who blocks them.
  const settled = await partBlocked(context, call, { userId, others: joinedOf(call) });
  if (participantOf(settled, userId)?.state !== 'joined') throw new CallError('not_allowed');
  return { call: settled, rungBy };
}

/** Media of this participant stops in both directions, or goes on. */
export function holdCall(
  context: CommandContext,
  { callId, userId, onHold }: ByUser & { readonly onHold: boolean },
): Promise<Call> {
  return runOnCall(context, callId, { name: 'hold', userId, onHold });
}

/** The node that owns the broadcast hears of it and pauses the microphone. */
export function muteParticipant(context: CommandContext, { callId, userId, targetId }: ByHost): Promise<Call> {
  return runOnCall(context, callId, { name: 'mute', userId, targetId });
}

/** The broadcast follows: their sessions are closed. */
export function removeParticipant(
  context: CommandContext,
  { callId, userId, targetId, again }: ByHost & MayBeDone,
): Promise<Call> {
  return running(again)(context, callId, { name: 'remove', userId, targetId });
}

export function declineCall(context: CommandContext, { callId, userId, again }: ByUser & MayBeDone): Promise<Call> {
  return running(again)(context, callId, { name: 'decline', userId });
}

export function cancelCall(context: CommandContext, { callId, userId, again }: ByUser & MayBeDone): Promise<Call> {
  return running(again)(context, callId, { name: 'cancel', userId });
}

export function leaveCall(context: CommandContext, { callId, userId, again }: ByUser & MayBeDone): Promise<Call> {
  return running(again)(context, callId, { name: 'leave', userId });
}

const running = (again: boolean | undefined) => (again === true ? runAgain : runOnCall);

/** `by` is absent when the app's backend ends the call. */
export function endCall(
  context: CommandContext,
  { callId, by, again }: { readonly callId: CallId; readonly by?: UserId } & MayBeDone,
): Promise<Call> {
  return running(again)(context, callId, { name: 'end', ...(by === undefined ? {} : { by }) });
}
