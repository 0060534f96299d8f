import type { CallId, TicketId, UserId } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../call/callFeed.ts';

/** A right that ended. Every node acts on it for the sockets and sessions that it has. */
export type RightsChange =
  /** Erased, or signed out everywhere: tokens of an earlier generation are void. */
  | { readonly kind: 'user'; readonly userId: UserId }
  /** Tickets to watch the call that were issued to this user with a lower mark are void. */
  | { readonly kind: 'viewer'; readonly callId: CallId; readonly userId: UserId; readonly mark: number }
  | { readonly kind: 'ticket'; readonly ticketId: TicketId };

/**
 * The newest changes, in order, for a minute: a node that reads on from where it was misses none, also when nobody
 * could tell it. What writes a change writes it in the same step that ends the right.
 */
export interface RightsLog {
  /** Where it ends now. */
  end(): Promise<string>;
  /** At most `limit` changes after a position, with the position behind the last of them. */
  after(position: string, limit: number): Promise<{ readonly changes: readonly RightsChange[]; readonly end: string }>;
  /** There is a new change. May miss some. */
  onChange(listener: () => void): Promise<StopListening>;
}

/** For how long a change can be read. */
export const rightsLogMs = 60_000;
/** How many changes can be read at most; when there are more in `rightsLogMs`, the oldest go. */
export const rightsLogLength = 10_000;
