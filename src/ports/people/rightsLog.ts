import type { CallId, TicketId, UserId } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../call/callFeed.ts';

/** A right that ended. Every node applies it to its sockets and sessions. */
export type RightsChange =
  /** Erased, or signed out everywhere: tokens of an earlier generation are revoked. */
  | { readonly kind: 'user'; readonly userId: UserId }
  /** This user's tickets to watch the call with a lower mark are revoked. */
  | { readonly kind: 'viewer'; readonly callId: CallId; readonly userId: UserId; readonly mark: number }
  /** This ticket is revoked. */
  | { readonly kind: 'ticket'; readonly ticketId: TicketId };

/**
 * The newest changes, in order, for a minute: a node that continues from its last position misses none, even if
 * announcements are lost. A change is logged in the same step that ends the right. Every method throws
 * `CallError('unavailable')` if the store cannot be reached.
 */
export interface RightsLog {
  /** The current end position. */
  end(): Promise<string>;
  /** At most `limit` changes after a position, with the position after the last of them. */
  after(position: string, limit: number): Promise<{ readonly changes: readonly RightsChange[]; readonly end: string }>;
  /** A change was logged. Some announcements may be missed. */
  onChange(listener: () => void): Promise<StopListening>;
}

/** How long a change can be read, in ms. */
export const rightsLogMs = 60_000;
/** Maximum number of changes; if there are more within `rightsLogMs`, the oldest are dropped. */
export const rightsLogLength = 10_000;
