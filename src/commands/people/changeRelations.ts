/** Relations that the app sets, and what follows from them. */
import type { RelationChange } from '../../domain/people/relations.ts';
import { partFrom } from './partBlockedUsers.ts';
import type { BlockingContext } from './partBlockedUsers.ts';

/** A blocked user leaves, or is left by, the calls of the blocker at once. Safe to repeat after an interruption. */
export async function changeRelations(context: BlockingContext, changes: readonly RelationChange[]): Promise<void> {
  await context.relations.change(changes);
  for (const { from, kind, to, holds } of changes) {
    if (kind === 'blocks' && holds) await partFrom(context, from, to);
  }
}
