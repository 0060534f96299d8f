import type { CallId, Instant, UserId } from '../../domain/kernel/ids.ts';
import type { CallRecord } from '../../domain/call/record.ts';

/** A place in a history; what comes after it is older. */
export interface HistoryPlace {
  readonly endedAt: Instant;
  readonly callId: CallId;
}

/** Records of calls that are over, and for each user which they were in. */
export interface CallRecords {
  /** Keeps it if it is not kept yet, without the names of users whom the app has forgotten. Safe to repeat. */
  keep(record: CallRecord): Promise<void>;
  /** The newest first, from behind a place on; at most so many. */
  of(userId: UserId, page: { readonly after?: HistoryPlace; readonly limit: number }): Promise<readonly CallRecord[]>;
  /** Up to when the user has looked through their history; 0 when never. */
  seenUpTo(userId: UserId): Promise<Instant>;
  /** Never goes back. */
  see(userId: UserId, upTo: Instant): Promise<void>;
  /** Takes a user's name out of every record, and forgets their history. Safe to repeat when it was cut off. */
  erase(userId: UserId): Promise<void>;
  /** Deletes records of calls that ended before, at most so many. Answers how many. */
  deleteBefore(instant: Instant, most: number): Promise<number>;
}
