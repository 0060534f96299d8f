import { admissionOf, mayHoldSession } from '../../domain/media/admission.ts';
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { participantOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionsAnywhere } from '../../ports/media/sessions.ts';
import type { IdSource } from '../../ports/system/idSource.ts';
import type { TurnServers } from '../../ports/media/turnServers.ts';
import type { Tokens } from '../../ports/people/tokens.ts';
import type { RtpCapabilities } from '../../protocol/shared/media.ts';
import { joinAsViewer } from './viewers/joinAsViewer.ts';
import type { ViewerContext } from './viewers/joinAsViewer.ts';
import { attachSession, joinedSession } from './joinedSession.ts';
import type { JoinedSession, JoiningSocket } from './joinedSession.ts';
import { followWherever } from '../cluster/ownership.ts';
import type { OwnerContext } from '../cluster/ownership.ts';
import { reportPresence, tellPresence } from './reportSession.ts';
import type { PresenceContext } from './reportSession.ts';

export interface JoinContext extends PresenceContext, OwnerContext, ViewerContext {
  readonly sessions: SessionsAnywhere;
  readonly broadcasts: CallBroadcasts;
  readonly ids: IdSource;
  readonly tokens: Tokens;
  readonly turnServers: TurnServers;
}
export interface JoinBroadcastRequest {
  readonly ticket: string;
  readonly device: Device;
  readonly rtpCapabilities: RtpCapabilities;
}

/**
 * Opens a device's session on the node that owns the call: warm while the call rings for it, present once it has
 * answered. The call may change while the transports are made, so the broadcast gets the newest state once more
 * afterwards. The session is bound to the socket before anybody learns that the device is present. A device whose
 * ticket only allows watching is a viewer.
 */
export async function joinBroadcast(
  context: JoinContext,
  { ticket, device, rtpCapabilities }: JoinBroadcastRequest,
  socket: JoiningSocket,
): Promise<JoinedSession> {
  const { sessions, ids, tokens, clock, metrics } = context;
  const beganAt = clock.now();
  const read = await tokens.readTicket(ticket);
  const { callId, userId, rights, ticketId } = read;
  if (userId !== device.userId) throw new CallError('ticket_invalid');
  if (!rights.includes('publish')) return joinAsViewer(context, { ticket: read, device, rtpCapabilities }, socket);
  if (ticketId !== undefined && (await context.viewerTickets.isRevoked(ticketId))) {
    throw new CallError('ticket_invalid');
  }
  const call = await callFor(context, callId, device);
  const sessionId = ids.sessionId();
  const mayPublish = rights.includes('publish');
  const admission = admissionOf(call);
  const { ownerTerm, nodeId } = call;
  const request = { callId, sessionId, device, ownerTerm, rtpCapabilities, mayPublish, admission };
  const media = await sessions.join(request, nodeId);
  attachSession(context, sessionId, socket);
  const settled = await reportPresence(context, { callId, device, ownerTerm }).catch((error: unknown) => {
    // The client gets an error and knows no session, so none may stay; the call may know of it already.
    socket.detach(sessionId);
    sessions.leave(sessionId, 'left');
    void tellPresence(context, { callId, device, ownerTerm });
    throw error;
  });
  if (settled !== undefined && settled.ownerTerm !== ownerTerm) {
    // The owner has changed meanwhile, and the new one knows nothing of this session; a second attempt finds it.
    socket.detach(sessionId);
    sessions.leave(sessionId, 'media_lost');
    throw new CallError('unavailable');
  }
  await followWherever(context, callId, settled);
  metrics.observed('join', clock.now() - beganAt);
  return joinedSession(context, sessionId, media);
}

async function callFor({ store, owners }: JoinContext, callId: CallId, device: Device): Promise<Call> {
  // A refusal must not rest on a copy. If the copy is outdated, the state that is followed afterwards is not.
  const copy = owners?.copyOf(callId);
  if (copy !== undefined && mayHoldSession(copy, device)) return copy;
  const call = await store.load(callId);
  const participant = call && participantOf(call, device.userId);
  if (call === undefined || participant === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  if (!mayHoldSession(call, device)) {
    throw new CallError(participant.state === 'joined' ? 'answered_elsewhere' : 'not_joined');
  }
  return call;
}
