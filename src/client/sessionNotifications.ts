/** News of a media session, brought to the call and the session that they are of. */
import type { SessionEnding } from '../protocol/notifications.ts';
import type { LiveCall } from './liveCall.ts';
import type { Session } from './session.ts';
import type { NotificationHandlers } from './socket.ts';

type SessionNotification = Exclude<keyof NotificationHandlers, `call.${string}`>;

export function sessionNotifications(
  calls: ReadonlyMap<string, LiveCall>,
): Pick<NotificationHandlers, SessionNotification> {
  const find = (sessionId: string): { call: LiveCall; session: Session } | undefined => {
    for (const call of calls.values()) {
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
    'session.closed': ({ sessionId, why }) => {
      const found = find(sessionId);
      if (found !== undefined) closed(found.call, found.session, why);
    },
  };
}

function closed(call: LiveCall, session: Session, why: SessionEnding): void {
  const { carrier } = call;
  switch (why) {
    case 'media_lost':
    case 'node_draining':
      carrier.lost(session);
      return;
    case 'replaced':
      // By the one that this device has joined since, or by another tab.
      if (carrier.isNewest(session)) call.finish(why);
      else carrier.lost(session);
      return;
    case 'answered_elsewhere':
      call.finish(why);
      return;
    case 'left':
    case 'call_ended':
      // The state of the call says the rest; it is on its way.
      carrier.drop(session);
  }
}
