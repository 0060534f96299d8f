/** Blocks are looked at again in mid-call: two of whom one blocks the other are in one call no longer. */
import { isGroup, joinedOf, participantOf, presentOf } from '../call/call.ts';
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

/** Whoever is in the call with this user and blocks them, or is blocked by them. Answers the newest state. */
export async function partBlocked(context: PartingContext, call: Call, userId: UserId): Promise<Call> {
  let newest = call;
  for (const { blocker, target } of await blocksAmong(context, userId, presentOf(call))) {
    newest = (await runCommand(context, call.id, { name: 'block', userId: blocker, targetId: target })) ?? newest;
  }
  return newest;
}

/**
 * Whoever comes into a call where one is whom they block, or who blocks them, is turned away: those who are in it stay,
 * and see one who declined. Throws `not_allowed`. In a call of two the caller was looked at when it was made.
 */
export async function refuseBlocked(context: PartingContext, call: Call, userId: UserId): Promise<void> {
  const entrant = participantOf(call, userId);
  if (entrant === undefined || entrant.state === 'joined' || !(await isKeptOut(context, call, userId))) return;
  if (entrant.state === 'invited') await runCommand(context, call.id, { name: 'decline', userId });
  throw new CallError('not_allowed');
}

/** Is somebody in this group whom they block, or who blocks them? */
export async function isKeptOut(
  context: Pick<PartingContext, 'relations'>,
  call: Call,
  userId: UserId,
): Promise<boolean> {
  if (!isGroup(call) || call.phase === 'ended') return false;
  return (await blocksAmong(context, userId, joinedOf(call))).length > 0;
}

function blocksAmong(
  { relations }: Pick<PartingContext, 'relations'>,
  userId: UserId,
  participants: readonly Participant[],
): Promise<readonly Block[]> {
  const others = participants.map((one) => one.userId).filter((other) => other !== userId);
  return relations.blocksBetween(userId, others);
}
