import type { CallId, Instant, UserId } from '../../domain/kernel/ids.ts';
import type { CallRecord } from '../../domain/call/record.ts';

/** A place in a history; all after it are older. */
export interface HistoryPlace {
  readonly endedAt: Instant;
  readonly callId: CallId;
}

/**
 * Records of ended calls, and the history of each user. Every method throws `CallError('unavailable')` if the store
 * cannot be reached.
 */
export interface CallRecords {
  /** Stores it once, without users whom the app has erased. Safe to repeat. */
  keep(record: CallRecord): Promise<void>;
  /** Newest first, from `after` on; at most `limit`. */
  of(userId: UserId, page: { readonly after?: HistoryPlace; readonly limit: number }): Promise<readonly CallRecord[]>;
  /** Time up to which the user has seen their history; 0 if never. */
  seenUpTo(userId: UserId): Promise<Instant>;
  /** The time never goes back. */
  see(userId: UserId, upTo: Instant): Promise<void>;
  /** Removes a user from every record, and deletes their history. Safe to repeat if interrupted. */
  erase(userId: UserId): Promise<void>;
  /** Deletes records of calls that ended before `instant`, at most `most`. Returns how many. */
  deleteBefore(instant: Instant, most: number): Promise<number>;
}
