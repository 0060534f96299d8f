import type { TicketRight } from '../../protocol/shared/calls.ts';
import type { CallId, Instant, TicketId, UserId } from '../../domain/kernel/ids.ts';

export interface Ticket {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly rights: readonly TicketRight[];
  /** Of tickets that the app asked for: they can be revoked by it. */
  readonly ticketId?: TicketId;
  /** Of a ticket that lets its user watch alone: see `ViewerTickets`. */
  readonly mark?: number;
}
export interface ReadTicket extends Ticket {
  readonly expiresAt: Instant;
}
export interface UserToken {
  readonly token: string;
  readonly expiresAt: Instant;
}

/** A user as they were when the token was issued: who is erased and made known again is another. */
export interface TokenHolder {
  readonly userId: UserId;
  readonly generation: string;
}

/** A token as it was read. */
export interface ReadToken extends TokenHolder {
  readonly expiresAt: Instant;
}

/** Short-lived JWTs (RFC 7519). Reading throws `token_expired`, `unauthenticated`, `ticket_expired` or `ticket_invalid`. */
export interface Tokens {
  issueUserToken(holder: TokenHolder): Promise<UserToken>;
  readUserToken(token: string): Promise<ReadToken>;
  /** `ttlMs` in the place of the usual time. */
  issueTicket(ticket: Ticket, ttlMs?: number): Promise<string>;
  readTicket(token: string): Promise<ReadTicket>;
}
