/** Everything that is kept of one user, for them to read. */
import { CallError } from '../call/errors.ts';
import type { Call } from '../call/call.ts';
import type { UserId } from '../call/ids.ts';
import { historyEntry } from '../call/record.ts';
import type { HistoryEntry } from '../call/record.ts';
import { relationKinds } from '../call/relations.ts';
import type { RelationKind } from '../call/relations.ts';
import type { RingLedger } from '../call/ringLedger.ts';
import type { User } from '../ports/userDirectory.ts';
import type { ForgettingContext } from './forgetUser.ts';

export interface UserExport {
  readonly user: User;
  readonly relations: Readonly<Record<RelationKind, readonly UserId[]>>;
  readonly ringing: RingLedger | undefined;
  readonly liveCalls: readonly Call[];
  readonly history: readonly HistoryEntry[];
}

/** More calls than anybody makes in the time that they are kept. */
const mostEntries = 100_000;

export async function exportUser(context: Omit<ForgettingContext, 'metrics'>, userId: UserId): Promise<UserExport> {
  const { users, relations, ringLedgers, records, store } = context;
  const [user, ringing, liveCalls, kept, ...related] = await Promise.all([
    users.get(userId),
    ringLedgers.load(userId),
    store.liveCallsOf(userId),
    records.of(userId, { limit: mostEntries }),
    ...relationKinds.map(async (kind) => [kind, await relations.of(userId, kind)] as const),
  ]);
  if (user === undefined) throw new CallError('user_not_found');
  const of = (kind: RelationKind) => related.find(([one]) => one === kind)?.[1] ?? [];
  return {
    ...{ user, ringing, liveCalls },
    relations: {
      follows: of('follows'),
      address_book: of('address_book'),
      blocks: of('blocks'),
      wrote_to: of('wrote_to'),
      accepted: of('accepted'),
    },
    history: kept.flatMap((record) => historyEntry(record, userId) ?? []),
  };
}
