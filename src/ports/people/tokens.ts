import type { TicketRight } from '../../protocol/shared/calls.ts';
import type { CallId, Instant, TicketId, UserId } from '../../domain/kernel/ids.ts';

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

/** Short-lived JWTs (RFC 7519). Reading throws `token_expired`, `unauthenticated`, `ticket_expired` or `ticket_invalid`. */
export interface Tokens {
  issueUserToken(holder: TokenHolder): Promise<UserToken>;
  readUserToken(token: string): Promise<ReadToken>;
  /** `ttlMs` replaces the default lifetime. */
  issueTicket(ticket: Ticket, ttlMs?: number): Promise<string>;
  readTicket(token: string): Promise<ReadTicket>;
}
