/** JSON-RPC 2.0 notifications, server to client. */
import * as z from 'zod';
import { admittedCall, callEvent, callView } from '../shared/calls.ts';
import { sessionId, subscriptionId, userId } from '../shared/ids.ts';
import { mediaKind, receivedRtpParameters, trackSource } from '../shared/media.ts';

export const subscription = z
  .object({
    subscriptionId,
    producerId: z.uuid().meta({ description: 'The same for all receivers of this track.' }),
    userId,
    kind: mediaKind,
    source: trackSource,
    rtpParameters: receivedRtpParameters,
    paused: z.boolean().meta({ description: 'Muted by its publisher.' }),
  })
  .meta({ id: 'Subscription' });
export type Subscription = z.infer<typeof subscription>;

export const sessionEndings = [
  'replaced',
  'left',
  'call_ended',
  'answered_elsewhere',
  'media_lost',
  'node_draining',
  'removed',
  'ticket_expired',
] as const;
export type SessionEnding = (typeof sessionEndings)[number];

export const notifications = {
  'call.incoming': {
    summary: 'A call rings for this user.',
    params: admittedCall,
  },
  'call.changed': {
    summary: 'A call of this user changed: its newest state, with the events that led to it.',
    params: z.object({ call: callView, events: z.array(callEvent) }),
  },
  'token.expiring': {
    summary:
      'The token of this socket expires soon. Send a new one with `renew`, or the socket is closed after a grace period.',
    params: z.object({ expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }) }),
  },
  'subscription.added': {
    summary: 'New subscriptions of this session to tracks of others. Send `ready` when the client can receive them.',
    params: z.object({ sessionId, subscriptions: z.array(subscription) }),
  },
  'subscription.removed': {
    summary: 'Tracks that have ended.',
    params: z.object({ sessionId, subscriptionIds: z.array(subscriptionId) }),
  },
  'subscription.paused': {
    summary: 'A track was muted or unmuted by its publisher.',
    params: z.object({ sessionId, subscriptionId, paused: z.boolean() }),
  },
  'subscription.layers': {
    summary: 'The layers of a video that the server now sends; null if none fits the bandwidth.',
    params: z.object({ sessionId, subscriptionId, spatialLayer: z.int().nullable() }),
  },
  speakers: {
    summary: 'Audio levels in dBov (-127 silent … 0 loudest), loudest first, and the active speaker.',
    params: z.object({
      sessionId,
      levels: z.array(z.object({ userId, dBov: z.int().min(-127).max(0) })),
      active: userId.nullable(),
    }),
  },
  'session.moving': {
    summary:
      'The broadcast moves to another node. Join again now, and leave this session when the new one carries media.',
    params: z.object({ sessionId }),
  },
  'ticket.expiring': {
    summary:
      'The ticket of a viewer expires soon. Send a new one with `renewTicket`, or the session ends after a grace period.',
    params: z.object({ sessionId, expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }) }),
  },
  'session.closed': {
    summary: 'The session has ended. After `media_lost` the client should join again.',
    params: z.object({ sessionId, why: z.enum(sessionEndings) }),
  },
} as const;

export type NotificationName = keyof typeof notifications;
export type NotificationParams<N extends NotificationName> = z.output<(typeof notifications)[N]['params']>;
export type Notification = { [N in NotificationName]: { method: N; params: NotificationParams<N> } }[NotificationName];
