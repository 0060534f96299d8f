/** Whether a ticket lets a device watch. */
import type { Device } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { HeldTicket, ViewerTickets } from '../../../ports/media/viewerTickets.ts';
import type { ReadTicket } from '../../../ports/people/tokens.ts';
import type { Clock } from '../../../ports/system/clock.ts';

export interface AdmitViewerContext {
  readonly viewerTickets: ViewerTickets;
  readonly clock: Clock;
  /** The maximum number of devices that watch with one ticket at once. */
  readonly ticketDevices: number;
  /** How long a session outlives its ticket. */
  readonly tokenGraceMs: number;
}
/** Gives a place of the ticket to the device. Throws `ticket_invalid` or `ticket_in_use`. */
export async function admitViewer(
  context: AdmitViewerContext,
  ticket: ReadTicket,
  { userId, deviceId }: Device,
): Promise<HeldTicket> {
  const { callId, ticketId, mark, expiresAt } = ticket;
  if (ticket.userId !== userId || ticketId === undefined || mark === undefined) throw new CallError('ticket_invalid');
  const held = { callId, userId, ticketId, mark, deviceId, expiresAt };
  const forMs = expiresAt - context.clock.now() + context.tokenGraceMs;
  const answer = await context.viewerTickets.admit(held, { deviceId, devices: context.ticketDevices, forMs });
  if (answer === 'void') throw new CallError('ticket_invalid');
  if (answer === 'in_use') throw new CallError('ticket_in_use');
  return held;
}
