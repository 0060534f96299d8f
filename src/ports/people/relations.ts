import type { UserId } from '../../domain/kernel/ids.ts';
import type { PairFacts } from '../../domain/people/policy.ts';
import type { RelationChange, RelationKind } from '../../domain/people/relations.ts';
import type { PageOf } from '../system/paging.ts';

export interface Block {
  readonly blocker: UserId;
  readonly target: UserId;
}

/** What the app has told of its users towards each other. */
export interface Relations {
  /**
   * In their order; each is safe to repeat. Throws `too_many_relations` when one would be beyond `maxRelations`: others
   * may have been carried out.
   */
  change(changes: readonly RelationChange[]): Promise<void>;
  /** In the order of their ids. */
  of(
    userId: UserId,
    kind: RelationKind,
    page: PageOf<UserId>,
  ): Promise<{ readonly userIds: readonly UserId[]; readonly next?: UserId }>;
  /** One for each callee, in their order. As long under way for a stranger as for a friend. */
  between(callerId: UserId, calleeIds: readonly UserId[]): Promise<readonly PairFacts[]>;
  /**
   * Whoever of these the user blocks, or is blocked by: as little work for many as for two. Those who block
   * them come first: once the user is gone, nobody else need go.
   */
  blocksBetween(userId: UserId, others: readonly UserId[]): Promise<readonly Block[]>;
  /** Everything from and to this user. Safe to repeat when it was cut off. */
  forget(userId: UserId): Promise<void>;
}
