/** The ways into a call: to answer it, and to come back. */
import { callerOf, isGroup, joinedOf, participantOf, ringerOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, DeviceId, KeyedRequestId, UserId } from '../../domain/kernel/ids.ts';
import { blocksAtEntry, partBlocked, refuseBlocked } from '../people/partBlockedUsers.ts';
import type { PartingContext } from '../people/partBlockedUsers.ts';
import { forgiveRinging } from '../people/spendRinging.ts';
import type { RingingContext } from '../people/spendRinging.ts';
import { runOnCall } from './running/runCommand.ts';
import { ticketFor } from './readCall.ts';
import type { ByUser } from './readCall.ts';
import type { Tokens } from '../../ports/people/tokens.ts';

export interface ByDevice extends ByUser {
  readonly deviceId: DeviceId;
  readonly requestId?: KeyedRequestId | undefined;
}

export interface AnswerContext extends PartingContext, Pick<RingingContext, 'ringLedgers'> {}

export async function answerCall(context: AnswerContext, by: ByDevice): Promise<Call> {
  const { rungBy, after } = await enter(context, { name: 'answer', ...by });
  // Not awaited: media must start, and a missed forgiveness costs the caller at most one wait.
  if (rungBy !== undefined) forgive(context, rungBy, by.userId);
  return after;
}

/** A late participant talks, too, with those who rang them in vain. */
function forgive(context: Pick<RingingContext, 'ringLedgers'>, one: UserId, other: UserId): void {
  void forgiveRinging(context, one, other).catch(() => undefined);
}

export interface RejoinContext extends PartingContext, Pick<RingingContext, 'ringLedgers'> {
  readonly tokens: Tokens;
}

/** With a ticket for their role now: the ticket that they had may be a host's. */
export async function rejoinCall(context: RejoinContext, by: ByDevice): Promise<{ call: Call; ticket: string }> {
  const { rungBy, after } = await enter(context, { name: 'rejoin', ...by });
  const caller = rungBy ?? callerOf(after);
  if (caller !== by.userId) forgive(context, caller, by.userId);
  return { call: after, ticket: await ticketFor(context.tokens, after, by.userId) };
}

interface Entered {
  readonly after: Call;
  readonly rungBy: UserId | undefined;
}

/**
 * The call as this process knows it, or as stored. A copy, which may be outdated, is enough to let a user in: the command
 * decides on the newest state, and blocks are checked again. A refusal declines the call, so it rests on what is stored.
 */
async function foundWithoutBlocks(context: PartingContext, callId: CallId, userId: UserId): Promise<Call | undefined> {
  const copy = context.owners?.copyOf(callId);
  if (copy !== undefined && (await blocksAtEntry(context, copy, userId)).length === 0) return copy;
  const stored = await context.store.load(callId);
  if (stored !== undefined) await refuseBlocked(context, stored, userId);
  return stored;
}

/** Blocks are checked before the change, and again afterwards for a block that came meanwhile. */
async function enter(
  context: PartingContext,
  { callId, ...command }: ByDevice & { readonly name: 'answer' | 'rejoin' },
): Promise<Entered> {
  const { userId } = command;
  const found = await foundWithoutBlocks(context, callId, userId);
  const { before, after } = await runOnCall(context, callId, command);
  // Done by an owner whose answer was lost, the command finds the user in the call: they were rung when it was sent.
  const rungBy = ringerOf(before, userId) ?? (found && ringerOf(found, userId));
  if (!isGroup(after)) return { rungBy, after };
  // Users who are only rung stay: ending their ring now would reveal the block to this user.
  const settled = await partBlocked(context, after, { userId, others: joinedOf(after) });
  if (participantOf(settled, userId)?.state !== 'joined') throw new CallError('not_allowed');
  return { rungBy, after: settled };
}
