import { admissionOf } from '../../../domain/media/admission.ts';
import type { Device } from '../../../domain/media/admission.ts';
import { joinedOf } from '../../../domain/call/call.ts';
import type { Call } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallBroadcasts } from '../../../ports/media/callBroadcasts.ts';
import type { SessionsAnywhere } from '../../../ports/media/sessions.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import type { IdSource } from '../../../ports/system/idSource.ts';
import type { Relations } from '../../../ports/people/relations.ts';
import type { TurnServers } from '../../../ports/media/turnServers.ts';
import type { ReadTicket } from '../../../ports/people/tokens.ts';
import type { RtpCapabilities } from '../../../protocol/shared/media.ts';
import { admitViewer } from './admitViewer.ts';
import type { AdmitViewerContext } from './admitViewer.ts';
import { attachSession, joinedSession } from '../joinedSession.ts';
import type { JoinedSession, JoiningSocket } from '../joinedSession.ts';
import type { LocalViewers } from './localViewers.ts';
import { followState } from '../reportSession.ts';

export interface ViewerContext extends AdmitViewerContext {
  readonly store: CallStore;
  readonly sessions: Pick<SessionsAnywhere, 'join' | 'ownerOf' | 'subscriptionsOf' | 'leave'>;
  readonly broadcasts: Pick<CallBroadcasts, 'follow' | 'close'>;
  readonly relations: Pick<Relations, 'blocksBetween'>;
  readonly ids: Pick<IdSource, 'sessionId'>;
  readonly turnServers: TurnServers;
  readonly viewers: Pick<LocalViewers, 'begin'>;
}
export interface ViewerRequest {
  readonly ticket: ReadTicket;
  readonly device: Device;
  readonly rtpCapabilities: RtpCapabilities;
}

/**
 * Opens the session of a viewer, who is admitted by the ticket alone. The call does not learn of it: nothing is saved,
 * nobody is notified, and the cost does not grow with the number of viewers. A user who blocks a participant, or is
 * blocked by one, is refused like any user with an invalid ticket.
 */
export async function joinAsViewer(
  context: ViewerContext,
  { ticket, device, rtpCapabilities }: ViewerRequest,
  socket: JoiningSocket,
): Promise<JoinedSession> {
  const { store, sessions, ids } = context;
  const held = await admitViewer(context, ticket, device);
  const { callId } = held;
  const call = await store.load(callId);
  if (call === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  await refuseApart(context, call, device);
  const sessionId = ids.sessionId();
  const who = { sessionId, device, ownerTerm: call.ownerTerm, rtpCapabilities, mayPublish: false, asViewer: true };
  const media = await sessions.join({ callId, ...who, admission: admissionOf(call) }, call.nodeId);
  try {
    if (attachSession(context, sessionId, socket)) await context.viewers.begin(sessionId, held);
    // The end of the right may have been missed while the transports were made.
    if (await context.viewerTickets.isVoid(held)) throw new CallError('ticket_invalid');
    await catchUp(context, { call, now: await store.load(callId), device });
  } catch (error) {
    socket.detach(sessionId);
    sessions.leave(sessionId, 'media_lost');
    throw error;
  }
  return joinedSession(context, sessionId, media);
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
