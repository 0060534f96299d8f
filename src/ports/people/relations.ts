import type { UserId } from '../../domain/kernel/ids.ts';
import type { PairFacts } from '../../domain/people/policy.ts';
import type { RelationChange, RelationKind } from '../../domain/people/relations.ts';
import type { PageOf } from '../system/paging.ts';

/** Who blocks whom. */
export interface Block {
  readonly blocker: UserId;
  readonly target: UserId;
}

/**
 * Relations between users, as set by the app. Every method throws `CallError('unavailable')` if the store cannot be
 * reached.
 */
export interface Relations {
  /**
   * In their order; each is safe to repeat. Throws `too_many_relations` when one would be beyond `maxRelations`: others
   * may have been carried out.
   */
  change(changes: readonly RelationChange[]): Promise<void>;
  /** In the order of ids. */
  of(
    userId: UserId,
    kind: RelationKind,
    page: PageOf<UserId>,
  ): Promise<{ readonly userIds: readonly UserId[]; readonly next?: UserId }>;
  /** One for each callee, in their order. Takes as long for a stranger as for a friend. */
  between(callerId: UserId, calleeIds: readonly UserId[]): Promise<readonly PairFacts[]>;
  /**
   * Users among these whom the user blocks, or who block the user: as little work for many as for two. Those who block
   * the user come first: once the user has left, nobody else need leave.
   */
  blocksBetween(userId: UserId, others: readonly UserId[]): Promise<readonly Block[]>;
  /** Deletes all relations from and to this user. Safe to repeat if interrupted. */
  forget(userId: UserId): Promise<void>;
}
