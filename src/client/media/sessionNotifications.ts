/** Routes notifications about media sessions to the session and its call. */
import type { SessionEnding } from '../../protocol/socket/notifications.ts';
import type { Speakers } from '../calls/call.ts';
import type { CallMedia } from './callMedia.ts';
import type { Session } from './session.ts';
import type { NotificationHandlers } from '../connection/socket.ts';

type SessionNotification = Exclude<keyof NotificationHandlers, `call.${string}` | 'token.expiring'>;

/** After all other endings the session is joined again, with a new ticket if needed. */
export type FinalEnding = Exclude<SessionEnding, 'media_lost' | 'node_draining' | 'ticket_expired'>;

/** A call on this device, for a participant or a viewer. */
export interface Carried {
  readonly carrier: CallMedia;
  speakers(speakers: Speakers): void;
  /** The newest session has ended for good. */
  sessionEnded(why: FinalEnding): void;
  /** The ticket of this session expires soon. */
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
      // While the broadcast moves, both sessions report the speakers.
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
  // Replaced by this device's own newer session; otherwise by another tab.
  if (why === 'replaced' && !isNewest) carrier.lost(session);
  else {
    if (why === 'left' || why === 'call_ended' || why === 'removed') carrier.drop(session);
    if (isNewest || why === 'answered_elsewhere') call.sessionEnded(why);
  }
}
