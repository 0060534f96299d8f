import type { CallId, DeviceId, Instant, TicketId, UserId } from '../../domain/kernel/ids.ts';

/** A ticket that lets its user watch a call without being a participant. */
export interface ViewerTicket {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly ticketId: TicketId;
  /** The value of `markOf` when it was issued. */
  readonly mark: number;
}

/** The right by which a session watches. */
export interface HeldTicket extends ViewerTicket {
  readonly deviceId: DeviceId;
  readonly expiresAt: Instant;
}

/** `void`: revoked. `in_use`: as many devices as allowed use it already. */
export const ticketAnswers = ['admitted', 'void', 'in_use'] as const;
export type TicketAnswer = (typeof ticketAnswers)[number];

/**
 * Which tickets are revoked before they expire, and how many devices use one. Every method throws
 * `CallError('unavailable')` if the store cannot be reached.
 */
export interface ViewerTickets {
  /** Tickets of this user for this call with a lower mark are revoked. */
  markOf(callId: CallId, userId: UserId): Promise<number>;
  /** Revokes all the user's tickets to watch the call. Safe to repeat. */
  revokeAll(callId: CallId, userId: UserId): Promise<void>;
  /** Revokes one ticket of any kind. Safe to repeat. */
  revoke(ticketId: TicketId): Promise<void>;
  /** Whether `revoke` was called for this ticket. */
  isRevoked(ticketId: TicketId): Promise<boolean>;
  /** Takes one of the ticket's `devices` places for this device, for `forMs`. Safe to repeat. */
  admit(
    ticket: ViewerTicket,
    place: { readonly deviceId: DeviceId; readonly devices: number; readonly forMs: number },
  ): Promise<TicketAnswer>;
  /** Whether the ticket was revoked, alone or with all of its user's. */
  isVoid(ticket: ViewerTicket): Promise<boolean>;
  /** The device stops watching with this ticket. */
  release(ticketId: TicketId, deviceId: DeviceId): Promise<void>;
}
