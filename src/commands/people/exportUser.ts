/** Everything that is stored of one user, for them to read, page by page. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { Call } from '../../domain/call/call.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import { historyEntry } from '../../domain/call/record.ts';
import type { HistoryEntry } from '../../domain/call/record.ts';
import { relationKinds } from '../../domain/people/relations.ts';
import type { RelationKind } from '../../domain/people/relations.ts';
import type { RingLedger } from '../../domain/people/ringLedger.ts';
import type { HistoryPlace } from '../../ports/call/callRecords.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { User } from '../../ports/people/userDirectory.ts';
import type { ForgettingContext } from './forgetUser.ts';

/** The lists of one export follow each other: the relations by kind, then the history. */
export type ExportPlace =
  | { readonly list: RelationKind; readonly after?: UserId | undefined }
  | { readonly list: 'history'; readonly after?: HistoryPlace | undefined };

export interface ExportRequest {
  readonly userId: UserId;
  /** The maximum number of relations and history entries together. */
  readonly limit: number;
  readonly after?: ExportPlace | undefined;
}

/** Short parts are on every page. */
export interface UserExport {
  readonly user: User;
  readonly relations: Readonly<Record<RelationKind, readonly UserId[]>>;
  readonly ringing: RingLedger | undefined;
  readonly liveCalls: readonly Call[];
  readonly history: readonly HistoryEntry[];
  /** Undefined on the last page. */
  readonly next: ExportPlace | undefined;
}

type RelationsPage = Awaited<ReturnType<Relations['of']>>;
type ExportContext = Omit<ForgettingContext, 'metrics'>;

/** Throws `user_not_found`. */
export async function exportUser(context: ExportContext, request: ExportRequest): Promise<UserExport> {
  const { users, ringLedgers, callIndex } = context;
  const { userId } = request;
  const [user, ringing, liveCalls, lists] = await Promise.all([
    users.get(userId),
    ringLedgers.load(userId),
    callIndex.liveCallsOf(userId),
    pageOfLists(context, request),
  ]);
  if (user === undefined) throw new CallError('user_not_found');
  return { user, ringing, liveCalls, ...lists };
}

async function pageOfLists(
  context: ExportContext,
  { userId, limit, after }: ExportRequest,
): Promise<Pick<UserExport, 'relations' | 'history' | 'next'>> {
  const relations: Record<RelationKind, UserId[]> = {
    follows: [],
    address_book: [],
    blocks: [],
    wrote_to: [],
    accepted: [],
  };
  let place: ExportPlace = after ?? { list: relationKinds[0] };
  let left = limit;
  while (left > 0 && place.list !== 'history') {
    const list: RelationKind = place.list;
    const page: RelationsPage = await context.relations.of(userId, list, { limit: left, after: place.after });
    relations[list].push(...page.userIds);
    left -= page.userIds.length;
    place = page.next === undefined ? listBehind(list) : { list, after: page.next };
  }
  if (left === 0 || place.list !== 'history') return { relations, history: [], next: place };
  const { entries, next } = await pageOfHistory(context, { userId, limit: left, after: place.after });
  return { relations, history: entries, next };
}

function listBehind(kind: RelationKind): ExportPlace {
  const list = relationKinds[relationKinds.indexOf(kind) + 1];
  return { list: list ?? 'history' };
}

async function pageOfHistory(
  { records }: Pick<ExportContext, 'records'>,
  {
    userId,
    limit,
    after,
  }: { readonly userId: UserId; readonly limit: number; readonly after?: HistoryPlace | undefined },
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly next: ExportPlace | undefined }> {
  const found = await records.of(userId, { limit: limit + 1, ...(after === undefined ? {} : { after }) });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    entries: page.flatMap((record) => historyEntry(record, userId) ?? []),
    next: last && { list: 'history', after: { endedAt: last.endedAt, callId: last.callId } },
  };
}
