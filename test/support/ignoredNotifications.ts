import type { NotificationHandlers } from '../../src/client/connection/socket.ts';

const ignore = (): void => undefined;

/** For a client in whose tests notifications do not matter. */
export const ignoredNotifications: NotificationHandlers = {
  'call.incoming': ignore,
  'call.changed': ignore,
  'token.expiring': ignore,
  'subscription.added': ignore,
  'subscription.removed': ignore,
  'subscription.paused': ignore,
  'subscription.layers': ignore,
  speakers: ignore,
  'session.moving': ignore,
  'ticket.expiring': ignore,
  'session.closed': ignore,
};
