/** Blocks in running calls: two users, of whom one blocks the other, may not stay in one call. */
import { isGroup, joinedOf, participantOf } from '../../domain/call/call.ts';
import type { Call, Participant } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { ViewerTickets } from '../../ports/media/viewerTickets.ts';
import type { Block, Relations } from '../../ports/people/relations.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface PartingContext extends CommandContext {
  readonly relations: Relations;
}

export interface BlockingContext extends PartingContext {
  readonly callIndex: Pick<CallIndex, 'liveCallsOf'>;
  readonly viewerTickets: Pick<ViewerTickets, 'revokeAll'>;
}

/** `userId` blocks `targetId` from now on: neither may watch a call that the other is in. */
export async function partFrom(context: BlockingContext, userId: UserId, targetId: UserId): Promise<void> {
  const { callIndex, viewerTickets } = context;
  for (const call of await callIndex.liveCallsOf(userId)) {
    await runCommand(context, call.id, { name: 'block', userId, targetId });
    if (participantOf(call, userId)?.state === 'joined') await viewerTickets.revokeAll(call.id, targetId);
  }
  for (const call of await callIndex.liveCallsOf(targetId)) {
    if (participantOf(call, targetId)?.state === 'joined') await viewerTickets.revokeAll(call.id, userId);
  }
}

/** Separates this user from those of `others` who block them or are blocked by them. Returns the newest state. */
export async function partBlocked(
  context: PartingContext,
  call: Call,
  { userId, others }: { readonly userId: UserId; readonly others: readonly Participant[] },
): Promise<Call> {
  let newest = call;
  for (const { blocker, target } of await blocksAmong(context, userId, others)) {
    const { after } = await runCommand(context, call.id, { name: 'block', userId: blocker, targetId: target });
    newest = after ?? newest;
  }
  return newest;
}

/**
 * A user who blocks a member of the group, or is blocked by one, is not let in; the members stay. A user with a block
 * of their own gets `not_allowed`, which counts as declining. A user who is only blocked must not learn it: they get
 * the answer of a failing service, nothing changes, and it rings on for them until the ring time-out, as if they did
 * not answer (docs/decisions/blocks-in-groups.md). In a call of two the caller was checked at its creation.
 */
export async function refuseBlocked(context: PartingContext, call: Call, userId: UserId): Promise<void> {
  const blocks = await blocksAtEntry(context, call, userId);
  if (blocks.length === 0) return;
  if (!blocks.some(({ blocker }) => blocker === userId)) throw new CallError('unavailable');
  if (participantOf(call, userId)?.state === 'invited') await runCommand(context, call.id, { name: 'decline', userId });
  throw new CallError('not_allowed');
}

/** Between a user who wants to enter a group and those who are in it. */
export async function blocksAtEntry(
  context: Pick<PartingContext, 'relations'>,
  call: Call,
  userId: UserId,
): Promise<readonly Block[]> {
  const entrant = participantOf(call, userId);
  if (entrant === undefined || entrant.state === 'joined' || !isGroup(call) || call.phase === 'ended') return [];
  return blocksAmong(context, userId, joinedOf(call));
}

function blocksAmong(
  { relations }: Pick<PartingContext, 'relations'>,
  userId: UserId,
  participants: readonly Participant[],
): Promise<readonly Block[]> {
  const others = participants.map((one) => one.userId).filter((other) => other !== userId);
  return relations.blocksBetween(userId, others);
}
