/** A session continues, on another socket. */
import type { Call } from '../../domain/call/call.ts';
import { participantOf } from '../../domain/call/call.ts';
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, SessionId } from '../../domain/kernel/ids.ts';
import type { SessionOwner, SessionsAnywhere } from '../../ports/media/sessions.ts';
import type { Tokens } from '../../ports/people/tokens.ts';
import { ticketFor } from '../call/readCall.ts';
import type { JoinedSession } from './joinedSession.ts';
import { reportPresence, tellPresence } from './reportSession.ts';
import type { PresenceContext } from './reportSession.ts';

export interface ResumeContext extends PresenceContext {
  readonly sessions: Pick<SessionsAnywhere, 'take' | 'ownerOf' | 'subscriptionsOf'>;
  readonly tokens: Tokens;
}

export interface ResumeRequest {
  readonly callId: CallId;
  readonly sessionId: SessionId;
  readonly device: Device;
}

export interface ResumedSession extends Pick<JoinedSession, 'subscriptionsNow'> {
  readonly call: Call;
  readonly ticket: string;
}

/**
 * A new socket, on this node or another, takes over the session, and `attach` binds it. Only the session's own device
 * may do so.
 */
export async function resumeSession(
  context: ResumeContext,
  claim: ResumeRequest,
  attach: (owner: SessionOwner) => void,
): Promise<ResumedSession> {
  const { sessions, tokens } = context;
  const { callId, sessionId, device } = claim;
  await sessions.take({ callId, sessionId, device, ...(await whereabouts(context, claim)) });
  const owner = sessions.ownerOf(sessionId);
  if (owner === undefined || owner.asViewer === true) throw new CallError('session_not_found');
  attach(owner);
  const call = await reportPresence(context, owner).catch((error: unknown) => {
    // The client gets an error, and its socket is bound nevertheless.
    void tellPresence(context, owner);
    throw error;
  });
  if (call === undefined || call.phase === 'ended') throw new CallError('call_ended');
  const ticket = await ticketFor(tokens, call, device.userId);
  return { call, ticket, subscriptionsNow: () => sessions.subscriptionsOf(sessionId) };
}

/** The call says where a session is that this node does not know. */
async function whereabouts({ store, sessions }: ResumeContext, { callId, sessionId, device }: ResumeRequest) {
  if (sessions.ownerOf(sessionId) !== undefined) return {};
  const call = await store.load(callId);
  if (call === undefined || participantOf(call, device.userId) === undefined) throw new CallError('session_not_found');
  return { nodeId: call.nodeId };
}
