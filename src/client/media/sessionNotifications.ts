/** News of a media session, brought to whatever it carries and to the session that they are of. */
import type { SessionEnding } from '../../protocol/socket/notifications.ts';
import type { Speakers } from '../calls/call.ts';
import type { CallMedia } from './callMedia.ts';
import type { Session } from './session.ts';
import type { NotificationHandlers } from '../connection/socket.ts';

type SessionNotification = Exclude<keyof NotificationHandlers, `call.${string}` | 'token.expiring'>;

/** After others a session is joined again, with another ticket if need be. */
export type FinalEnding = Exclude<SessionEnding, 'media_lost' | 'node_draining' | 'ticket_expired'>;

/** A call as somebody in it or in its audience has it. */
export interface Carried {
  readonly carrier: CallMedia;
  speakers(speakers: Speakers): void;
  /** The server let nobody come back into the session that was the newest. */
  sessionEnded(why: FinalEnding): void;
  /** The ticket of this session ends soon. */
  ticketExpiring?(session: Session): void;
}

export function sessionNotifications(
  carried: () => Iterable<Carried>,
): Pick<NotificationHandlers, SessionNotification> {
  const find = (sessionId: string): { call: Carried; session: Session } | undefined => {
    for (const call of carried()) {
      const session = call.carrier.sessions.find(({ id }) => id === sessionId);
      if (session !== undefined) return { call, session };
    }
    return undefined;
  };
  const subscriptions = (sessionId: string) => find(sessionId)?.session.subscriptions;
  return {
    'subscription.added': ({ sessionId, subscriptions: added }) => void subscriptions(sessionId)?.add(added),
    'subscription.removed': ({ sessionId, subscriptionIds }) => subscriptions(sessionId)?.remove(subscriptionIds),
    'subscription.paused': ({ sessionId, subscriptionId, paused }) =>
      subscriptions(sessionId)?.setMuted(subscriptionId, paused),
    'subscription.layers': ({ sessionId, subscriptionId, spatialLayer }) =>
      subscriptions(sessionId)?.setLayer(subscriptionId, spatialLayer),
    speakers: ({ sessionId, levels, active }) => {
      const found = find(sessionId);
      // While the broadcast moves both sessions tell of them.
      if (found?.call.carrier.isNewest(found.session) === true) found.call.speakers({ levels, active });
    },
    'session.moving': ({ sessionId }) => {
      const found = find(sessionId);
      void found?.call.carrier.move(found.session);
    },
    'ticket.expiring': ({ sessionId }) => {
      const found = find(sessionId);
      found?.call.ticketExpiring?.(found.session);
    },
    'session.closed': ({ sessionId, why }) => {
      const found = find(sessionId);
      if (found !== undefined) closed(found.call, found.session, why);
    },
  };
}

function closed(call: Carried, session: Session, why: SessionEnding): void {
  const { carrier } = call;
  if (why === 'media_lost' || why === 'node_draining' || why === 'ticket_expired') {
    carrier.lost(session);
    return;
  }
  const isNewest = carrier.isNewest(session);
  // By the one that this device has joined since; else by another tab.
  if (why === 'replaced' && !isNewest) carrier.lost(session);
  else {
    if (why === 'left' || why === 'call_ended' || why === 'removed') carrier.drop(session);
    if (isNewest || why === 'answered_elsewhere') call.sessionEnded(why);
  }
}
