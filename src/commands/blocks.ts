/** Blocks are looked at again in mid-call: two of whom one blocks the other are in one call no longer. */
import { isGroup, joinedOf, participantOf } from '../call/call.ts';
import type { Call, Participant } from '../call/call.ts';
import { CallError } from '../call/errors.ts';
import type { UserId } from '../call/ids.ts';
import type { Block, Relations } from '../ports/relations.ts';
import { runCommand } from './runCommand.ts';
import type { CommandContext } from './runCommand.ts';

export interface PartingContext extends CommandContext {
  readonly relations: Relations;
}

/** `userId` blocks `targetId` from now on. */
export async function partFrom(context: PartingContext, userId: UserId, targetId: UserId): Promise<void> {
  for (const { id } of await context.store.liveCallsOf(userId)) {
    await runCommand(context, id, { name: 'block', userId, targetId });
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
    newest = (await runCommand(context, call.id, { name: 'block', userId: blocker, targetId: target })) ?? newest;
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
