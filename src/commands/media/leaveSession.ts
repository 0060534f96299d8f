/** A session ends: its device gives it up, or the device's rights have ended. */
import type { SessionId } from '../../domain/kernel/ids.ts';
import type { OpenSessions } from '../../ports/media/sessions.ts';
import { mustOwnSession } from './ownSession.ts';
import type { SessionRequest } from './ownSession.ts';
import { tellPresence } from './reportSession.ts';
import type { PresenceContext } from './reportSession.ts';

export interface LeaveContext extends PresenceContext {
  readonly sessions: Pick<OpenSessions, 'ownerOf' | 'leave'>;
}

/** A device gives its session up. `detach` takes the session off its socket: from then on the call cannot reach it. */
export async function leaveSession(
  context: LeaveContext,
  request: SessionRequest<'leaveSession'>,
  detach: () => void,
): Promise<void> {
  mustOwnSession(context, request);
  detach();
  await endSession(context, request.sessionId);
}

/** Media ends at once, and a participant may come back within the grace. */
export async function endSession(context: LeaveContext, sessionId: SessionId): Promise<void> {
  const owner = context.sessions.ownerOf(sessionId);
  if (owner === undefined) return;
  context.sessions.leave(sessionId, 'left');
  if (owner.asViewer !== true) await tellPresence(context, owner);
}
