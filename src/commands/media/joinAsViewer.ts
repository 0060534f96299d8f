import { admissionOf } from '../../domain/media/admission.ts';
import type { Device } from '../../domain/media/admission.ts';
import { joinedOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { DeviceId, Instant, SessionId } from '../../domain/kernel/ids.ts';
import type { BroadcastsAnywhere } from '../../ports/media/broadcasts.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { IdSource } from '../../ports/system/idSource.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { TurnServers } from '../../ports/media/turnServers.ts';
import type { ReadTicket, Tokens } from '../../ports/people/tokens.ts';
import type { ViewerTicket, ViewerTickets } from '../../ports/media/viewerTickets.ts';
import type { RtpCapabilities } from '../../protocol/shared/media.ts';
import { joinedSession } from './joinedSession.ts';
import type { JoinedSession } from './joinedSession.ts';
import { followState } from './reportSession.ts';

export interface TicketContext {
  readonly viewerTickets: ViewerTickets;
  readonly tokens: Tokens;
  readonly clock: Clock;
  /** The maximum number of devices that watch with one ticket at once. */
  readonly ticketDevices: number;
  /** How long a session outlives its ticket. */
  readonly tokenGraceMs: number;
}
export interface ViewerContext extends TicketContext {
  readonly store: CallStore;
  readonly broadcasts: BroadcastsAnywhere;
  readonly relations: Relations;
  readonly ids: IdSource;
  readonly turnServers: TurnServers;
}
export interface ViewerRequest {
  readonly ticket: ReadTicket;
  readonly device: Device;
  readonly rtpCapabilities: RtpCapabilities;
}

/** The right by which a session watches. */
export interface HeldTicket extends ViewerTicket {
  readonly deviceId: DeviceId;
  readonly expiresAt: Instant;
}

export interface ViewerSocket {
  /** Resolves once anything that ends the right also ends the session. */
  attachViewer(sessionId: SessionId, held: HeldTicket): Promise<void>;
  detach(sessionId: SessionId): void;
}

/**
 * Opens the session of a viewer, who is admitted by the ticket alone. The call does not learn of it: nothing is saved,
 * nobody is notified, and the cost does not grow with the number of viewers. A user who blocks a participant, or is
 * blocked by one, is refused like any user with an invalid ticket.
 */
export async function joinAsViewer(
  context: ViewerContext,
  { ticket, device, rtpCapabilities }: ViewerRequest,
  socket: ViewerSocket,
): Promise<JoinedSession> {
  const { store, broadcasts, ids } = context;
  const held = await admitted(context, ticket, device);
  const { callId } = held;
  const call = await store.load(callId);
  if (call === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  await refuseApart(context, call, device);
  const sessionId = ids.sessionId();
  const who = { sessionId, device, ownerTerm: call.ownerTerm, rtpCapabilities, mayPublish: false, asViewer: true };
  const media = await broadcasts.join({ callId, ...who, admission: admissionOf(call) }, call.nodeId);
  try {
    await socket.attachViewer(sessionId, held);
    // The end of the right may have been missed while the transports were made.
    if (await context.viewerTickets.isVoid(held)) throw new CallError('ticket_invalid');
    await catchUp(context, { call, now: await store.load(callId), device });
  } catch (error) {
    socket.detach(sessionId);
    broadcasts.leave(sessionId, 'media_lost');
    throw error;
  }
  return joinedSession(context, sessionId, media);
}

/** Gives a watching session another ticket. Throws `ticket_invalid`, `ticket_expired` or `ticket_in_use`. */
export async function renewTicket(
  context: TicketContext,
  request: { readonly ticket: string; readonly before: HeldTicket; readonly device: Device },
): Promise<HeldTicket> {
  const ticket = await context.tokens.readTicket(request.ticket);
  if (ticket.callId !== request.before.callId) throw new CallError('ticket_invalid');
  return admitted(context, ticket, request.device);
}

async function admitted(context: TicketContext, ticket: ReadTicket, { userId, deviceId }: Device): Promise<HeldTicket> {
  const { callId, ticketId, mark, expiresAt } = ticket;
  if (ticket.userId !== userId || ticketId === undefined || mark === undefined) throw new CallError('ticket_invalid');
  const held = { callId, userId, ticketId, mark, deviceId, expiresAt };
  const forMs = expiresAt - context.clock.now() + context.tokenGraceMs;
  const answer = await context.viewerTickets.admit(held, { deviceId, devices: context.ticketDevices, forMs });
  if (answer === 'void') throw new CallError('ticket_invalid');
  if (answer === 'in_use') throw new CallError('ticket_in_use');
  return held;
}

async function refuseApart({ relations }: ViewerContext, call: Call, { userId }: Device): Promise<void> {
  const others = joinedOf(call).flatMap((one) => (one.userId === userId ? [] : [one.userId]));
  if ((await relations.blocksBetween(userId, others)).length > 0) throw new CallError('ticket_invalid');
}

/** The broadcast is updated only when the call has changed while the transports were made. */
async function catchUp(
  context: ViewerContext,
  { call, now, device }: { readonly call: Call; readonly now: Call | undefined; readonly device: Device },
): Promise<void> {
  if (now?.version === call.version) return;
  // The owner has changed meanwhile; a second attempt finds it.
  if (now !== undefined && now.ownerTerm !== call.ownerTerm) throw new CallError('unavailable');
  if (now !== undefined) await refuseApart(context, now, device);
  await followState(context.broadcasts, call.id, now);
}
