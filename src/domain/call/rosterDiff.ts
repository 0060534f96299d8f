/** Who enters and who leaves a call by one change. */
import { presentOf } from './call.ts';
import type { Call } from './call.ts';
import type { UserId } from '../kernel/ids.ts';

export interface RosterDiff {
  /** In the call or rung by it, and not before. */
  readonly entered: readonly UserId[];
  /** In the call or rung by it before, and no longer. */
  readonly gone: readonly UserId[];
}

export function rosterDiff(before: Call | undefined, after: Call | undefined): RosterDiff {
  const [there, here] = [presentIn(before), presentIn(after)];
  return { entered: without(here, there), gone: without(there, here) };
}

function presentIn(call: Call | undefined): ReadonlySet<UserId> {
  return new Set(call === undefined ? [] : presentOf(call).map(({ userId }) => userId));
}

function without(some: ReadonlySet<UserId>, others: ReadonlySet<UserId>): readonly UserId[] {
  return [...some].filter((userId) => !others.has(userId));
}
