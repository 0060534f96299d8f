/** Blocks are looked at again in mid-call: two of whom one blocks the other are in one call no longer. */
import { isGroup, joinedOf, participantOf } from '../../domain/call/call.ts';
import type { Call, Participant } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { ViewerTickets } from '../../ports/media/viewerTickets.ts';
import type { Block, Relations } from '../../ports/people/relations.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface PartingContext extends CommandContext {
  readonly relations: Relations;
}

export interface BlockingContext extends PartingContext {
  readonly viewerTickets: Pick<ViewerTickets, 'sendAway'>;
}

/** `userId` blocks `targetId` from now on: neither watches a call that the other is in. */
export async function partFrom(context: BlockingContext, userId: UserId, targetId: UserId): Promise<void> {
  const { store, viewerTickets } = context;
  for (const call of await store.liveCallsOf(userId)) {
    await runCommand(context, call.id, { name: 'block', userId, targetId });
    if (participantOf(call, userId)?.state === 'joined') await viewerTickets.sendAway(call.id, targetId);
  }
  for (const call of await store.liveCallsOf(targetId)) {
    if (participantOf(call, targetId)?.state === 'joined') await viewerTickets.sendAway(call.id, userId);
  }
}

/** Parts this user from those of `others` who block them or are blocked by them. Answers the newest state. */
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
 * Somebody who is blocked by one who is in the group, or blocks one, is not let in; those who are in it stay. Whoever has
 * a block of their own is told so (`not_allowed`) and has declined. Whoever is only blocked must not learn it: they get
 * the answer of a service that fails, nothing changes, and it rings on for them until the ring time-out, as for one who
 * does not pick up (docs/decisions/blocks-in-groups.md). In a call of two the caller was checked when it was made.
 */
export async function refuseBlocked(context: PartingContext, call: Call, userId: UserId): Promise<void> {
  const entrant = participantOf(call, userId);
  if (entrant === undefined || entrant.state === 'joined' || !isGroup(call) || call.phase === 'ended') return;
  const blocks = await blocksAmong(context, userId, joinedOf(call));
  if (blocks.length === 0) return;
  if (!blocks.some(({ blocker }) => blocker === userId)) throw new CallError('unavailable');
  if (entrant.state === 'invited') await runCommand(context, call.id, { name: 'decline', userId });
  throw new CallError('not_allowed');
}

function blocksAmong(
  { relations }: Pick<PartingContext, 'relations'>,
  userId: UserId,
  participants: readonly Participant[],
): Promise<readonly Block[]> {
  const others = participants.map((one) => one.userId).filter((other) => other !== userId);
  return relations.blocksBetween(userId, others);
}
