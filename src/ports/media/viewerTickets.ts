import type { CallId, DeviceId, TicketId, UserId } from '../../domain/kernel/ids.ts';

/** A ticket that lets its user watch a call without being in it. */
export interface ViewerTicket {
  readonly callId: CallId;
  readonly userId: UserId;
  readonly ticketId: TicketId;
  /** What `markOf` said when it was issued. */
  readonly mark: number;
}

export const ticketAnswers = ['admitted', 'void', 'in_use'] as const;
export type TicketAnswer = (typeof ticketAnswers)[number];

/** Which tickets are void before they expire, and how many devices use one. */
export interface ViewerTickets {
  /** Tickets of this user for this call are void when they carry a lower mark. */
  markOf(callId: CallId, userId: UserId): Promise<number>;
  /** Voids every ticket to watch that this user has for the call. Safe to repeat. */
  sendAway(callId: CallId, userId: UserId): Promise<void>;
  /** Voids one ticket, whatever it is for. Safe to repeat. */
  revoke(ticketId: TicketId): Promise<void>;
  isRevoked(ticketId: TicketId): Promise<boolean>;
  /** Takes one of the ticket's `devices` places for this device; safe to repeat. The place is kept for `forMs`. */
  admit(
    ticket: ViewerTicket,
    place: { readonly deviceId: DeviceId; readonly devices: number; readonly forMs: number },
  ): Promise<TicketAnswer>;
  isVoid(ticket: ViewerTicket): Promise<boolean>;
  /** The device does not watch with this ticket any more. */
  release(ticketId: TicketId, deviceId: DeviceId): Promise<void>;
}
