/** What the app tells of its users, and what follows from it. */
import type { RelationChange } from '../../domain/people/relations.ts';
import { partFrom } from './blocks.ts';
import type { BlockingContext } from './blocks.ts';

/** Who blocks somebody is in no call with them from then on. Safe to repeat when it was cut off. */
export async function changeRelations(context: BlockingContext, changes: readonly RelationChange[]): Promise<void> {
  await context.relations.change(changes);
  for (const { from, kind, to, holds } of changes) {
    if (kind === 'blocks' && holds) await partFrom(context, from, to);
  }
}
