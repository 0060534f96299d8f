/** A session that was just opened: it is bound to the socket that asked, and the device gets its answer. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { SessionId } from '../../domain/kernel/ids.ts';
import type { JoinedMedia, OpenSessions, SessionOwner } from '../../ports/media/sessions.ts';
import type { TurnServer, TurnServers } from '../../ports/media/turnServers.ts';
import type { Subscription } from '../../protocol/socket/notifications.ts';
import type { OwnSessionContext } from './ownSession.ts';

/** The socket that asks. */
export interface JoiningSocket {
  /**
   * From now on the socket gets the notifications of the session. False if the socket was lost meanwhile: the session
   * then ends like any other whose socket is lost.
   */
  attach(sessionId: SessionId, owner: SessionOwner): boolean;
  detach(sessionId: SessionId): void;
}

/** Throws `session_not_found` if the session has ended already. */
export function attachSession({ sessions }: OwnSessionContext, sessionId: SessionId, socket: JoiningSocket): boolean {
  const owner = sessions.ownerOf(sessionId);
  if (owner === undefined) throw new CallError('session_not_found');
  return socket.attach(sessionId, owner);
}

export interface JoinedSession extends Omit<JoinedMedia, 'subscriptions'> {
  readonly sessionId: SessionId;
  readonly iceServers: readonly TurnServer[];
  /** Read it as late as possible: notifications sent before the answer are older, so it must include what they said. */
  readonly subscriptionsNow: () => readonly Subscription[];
}

interface JoinedContext {
  readonly sessions: Pick<OpenSessions, 'subscriptionsOf'>;
  readonly turnServers: TurnServers;
}

export function joinedSession(
  { sessions, turnServers }: JoinedContext,
  sessionId: SessionId,
  { routerRtpCapabilities, send, receive }: JoinedMedia,
): JoinedSession {
  return {
    sessionId,
    routerRtpCapabilities,
    send,
    receive,
    iceServers: turnServers.offer(),
    subscriptionsNow: () => sessions.subscriptionsOf(sessionId),
  };
}
