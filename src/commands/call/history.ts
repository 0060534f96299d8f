/** The history of a user's calls, page by page. */
import type { EndedCall } from '../../domain/call/call.ts';
import type { Instant, UserId } from '../../domain/kernel/ids.ts';
import { historyEntry, recordOf } from '../../domain/call/record.ts';
import type { HistoryEntry } from '../../domain/call/record.ts';
import type { CallRecords, HistoryPlace } from '../../ports/call/callRecords.ts';
import type { Clock } from '../../ports/system/clock.ts';

export interface HistoryContext {
  readonly records: CallRecords;
}
export interface HistoryRequest {
  readonly userId: UserId;
  readonly after?: HistoryPlace;
  readonly limit: number;
}
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Undefined on the last page. */
  readonly next: HistoryPlace | undefined;
  readonly seenUpTo: Instant;
}

export async function readHistory({ records }: HistoryContext, request: HistoryRequest): Promise<HistoryPage> {
  const { userId, after, limit } = request;
  const [found, seenUpTo] = await Promise.all([
    records.of(userId, { limit: limit + 1, ...(after === undefined ? {} : { after }) }),
    records.seenUpTo(userId),
  ]);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const entries = page.flatMap((record) => historyEntry(record, userId) ?? []);
  return { entries, next: last && { endedAt: last.endedAt, callId: last.callId }, seenUpTo };
}

/** Future calls cannot have been seen: a mark in the future would hide them. */
export function seeHistory(
  { records, clock }: HistoryContext & { readonly clock: Clock },
  userId: UserId,
  upTo: Instant,
): Promise<void> {
  return records.see(userId, Math.min(upTo, clock.now()));
}

export function keepRecord({ records }: HistoryContext, call: EndedCall): Promise<void> {
  return records.keep(recordOf(call));
}

/** In bounded steps: a sweep that finds more than one leaves the rest to the next. */
const deletedAtOnce = 500;

/** Deletes the records of calls that ended longer ago than records are kept. Safe to run anywhere, and repeatedly. */
export function deleteOldRecords(
  { records, clock }: HistoryContext & { readonly clock: Clock },
  keptForMs: number,
): Promise<number> {
  return records.deleteBefore(clock.now() - keptForMs, deletedAtOnce);
}
