import type { UserId } from '../../domain/kernel/ids.ts';
import type { PairFacts } from '../../domain/people/policy.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { maxRelations } from '../../domain/people/relations.ts';
import type { PageOf } from '../../ports/system/paging.ts';
import { pageOfIds } from './pageOfIds.ts';
import type { RelationChange, RelationKind } from '../../domain/people/relations.ts';
import type { Block, Relations } from '../../ports/people/relations.ts';

export class MemoryRelations implements Relations {
  readonly #most: number;

  constructor({ most = maxRelations }: { readonly most?: number } = {}) {
    this.#most = most;
  }

  #all: readonly RelationChange[] = [];

  change(changes: readonly RelationChange[]): Promise<void> {
    for (const change of changes) {
      const others = this.#all.filter(
        ({ from, kind, to }) => from !== change.from || kind !== change.kind || to !== change.to,
      );
      const same = others.filter(({ from, kind }) => from === change.from && kind === change.kind).length;
      if (change.holds && same >= this.#most) return Promise.reject(new CallError('too_many_relations'));
      this.#all = change.holds ? [...others, change] : others;
    }
    return Promise.resolve();
  }

  of(userId: UserId, kind: RelationKind, page: PageOf<UserId>) {
    const found = this.#all.filter((one) => one.from === userId && one.kind === kind);
    const { ids: userIds, ...more } = pageOfIds(
      found.map(({ to }) => to),
      page,
    );
    return Promise.resolve({ userIds, ...more });
  }

  between(callerId: UserId, calleeIds: readonly UserId[]): Promise<readonly PairFacts[]> {
    const holds = (from: UserId, kind: RelationKind, to: UserId) =>
      this.#all.some((one) => one.from === from && one.kind === kind && one.to === to);
    return Promise.resolve(
      calleeIds.map((calleeId) => ({
        callerBlocksCallee: holds(callerId, 'blocks', calleeId),
        calleeBlocksCaller: holds(calleeId, 'blocks', callerId),
        calleeFollowsCaller: holds(calleeId, 'follows', callerId),
        callerInAddressBook: holds(calleeId, 'address_book', callerId),
        calleeWroteToCaller: holds(calleeId, 'wrote_to', callerId),
        calleeAcceptedRequest: holds(calleeId, 'accepted', callerId),
      })),
    );
  }

  blocksBetween(userId: UserId, others: readonly UserId[]): Promise<readonly Block[]> {
    const blocks = this.#all
      .filter(({ kind }) => kind === 'blocks')
      .map(({ from, to }) => ({ blocker: from, target: to }));
    return Promise.resolve([
      ...blocks.filter(({ blocker, target }) => target === userId && others.includes(blocker)),
      ...blocks.filter(({ blocker, target }) => blocker === userId && others.includes(target)),
    ]);
  }

  forget(userId: UserId): Promise<void> {
    this.#all = this.#all.filter(({ from, to }) => from !== userId && to !== userId);
    return Promise.resolve();
  }
}
