/** The answer to a device whose session was opened. */
import type { SessionId } from '../../domain/kernel/ids.ts';
import type { BroadcastsAnywhere, JoinedMedia } from '../../ports/media/broadcasts.ts';
import type { TurnServer, TurnServers } from '../../ports/media/turnServers.ts';
import type { Subscription } from '../../protocol/socket/notifications.ts';

export interface JoinedSession extends Omit<JoinedMedia, 'subscriptions'> {
  readonly sessionId: SessionId;
  readonly iceServers: readonly TurnServer[];
  /** Read it as late as possible: notifications sent before the answer are older, so it must include what they said. */
  readonly subscriptionsNow: () => readonly Subscription[];
}

interface JoinedContext {
  readonly broadcasts: Pick<BroadcastsAnywhere, 'subscriptionsOf'>;
  readonly turnServers: TurnServers;
}

export function joinedSession(
  { broadcasts, turnServers }: JoinedContext,
  sessionId: SessionId,
  { routerRtpCapabilities, send, receive }: JoinedMedia,
): JoinedSession {
  return {
    sessionId,
    routerRtpCapabilities,
    send,
    receive,
    iceServers: turnServers.offer(),
    subscriptionsNow: () => broadcasts.subscriptionsOf(sessionId),
  };
}
