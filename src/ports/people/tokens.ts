import type { TicketRight } from '../../protocol/shared/calls.ts';
import type { CallId, Instant, TicketId, UserId } from '../../domain/kernel/ids.ts';

/** What a user may do in one call. */
export interface Ticket {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly rights: readonly TicketRight[];
  /** For tickets that the app requested: it can revoke them. */
  readonly ticketId?: TicketId;
  /** For a ticket that only lets its user watch: see `ViewerTickets`. */
  readonly mark?: number;
}
export interface ReadTicket extends Ticket {
  readonly expiresAt: Instant;
}
export interface UserToken {
  readonly token: string;
  readonly expiresAt: Instant;
}

/** A user when the token was issued: after erasure and re-creation, the same id is another user. */
export interface TokenHolder {
  readonly userId: UserId;
  readonly generation: string;
}

/** A token after it was read. */
export interface ReadToken extends TokenHolder {
  readonly expiresAt: Instant;
}

/** Short-lived signed tokens: JWT (RFC 7519) with HS256 (RFC 7518, section 3.2). */
export interface Tokens {
  /** Valid for `userTokenTtlMs`. */
  issueUserToken(holder: TokenHolder): Promise<UserToken>;
  /** Throws `token_expired`, or `unauthenticated` if it is not a valid token of a user. */
  readUserToken(token: string): Promise<ReadToken>;
  /** `ttlMs`: lifetime, instead of `ticketTtlMs`. */
  issueTicket(ticket: Ticket, ttlMs?: number): Promise<string>;
  /**
   * Throws `ticket_expired`, or `ticket_invalid` if it is not a valid ticket. Does not check whether it was revoked.
   */
  readTicket(token: string): Promise<ReadTicket>;
}
