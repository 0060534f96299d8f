/** JSON-RPC 2.0 notifications, server to client. */
import * as z from 'zod';
import { admittedCall, callEvent, callView } from '../shared/calls.ts';
import { sessionId, subscriptionId, userId } from '../shared/ids.ts';
import { mediaKind, receivedRtpParameters, trackSource } from '../shared/media.ts';

export const subscription = z
  .object({
    subscriptionId,
    producerId: z.uuid().meta({ description: 'The same for everybody who receives this track.' }),
    userId,
    kind: mediaKind,
    source: trackSource,
    rtpParameters: receivedRtpParameters,
    paused: z.boolean().meta({ description: 'Muted at its source.' }),
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
    summary: 'A call of this user changed: the newest state with the facts that led to it.',
    params: z.object({ call: callView, events: z.array(callEvent) }),
  },
  'token.expiring': {
    summary: 'The token of this socket ends soon: show another with `renew`, or the socket is closed after a grace.',
    params: z.object({ expiresAt: z.int().meta({ description: 'Milliseconds since the Unix epoch.' }) }),
  },
  'subscription.added': {
    summary: 'Tracks of others that this session now subscribes to; say `ready` when they can be received.',
    params: z.object({ sessionId, subscriptions: z.array(subscription) }),
  },
  'subscription.removed': {
    summary: 'Tracks that are gone.',
    params: z.object({ sessionId, subscriptionIds: z.array(subscriptionId) }),
  },
  'subscription.paused': {
    summary: 'A track was muted or unmuted at its source.',
    params: z.object({ sessionId, subscriptionId, paused: z.boolean() }),
  },
  'subscription.layers': {
    summary: 'The layers the server now sends of a video; null when none fits the bandwidth.',
    params: z.object({ sessionId, subscriptionId, spatialLayer: z.int().nullable() }),
  },
  speakers: {
    summary: 'Who is heard: audio levels in dBov (-127 silent … 0 loudest), loudest first, and the active speaker.',
    params: z.object({
      sessionId,
      levels: z.array(z.object({ userId, dBov: z.int().min(-127).max(0) })),
      active: userId.nullable(),
    }),
  },
  'session.moving': {
    summary:
      'The broadcast moves to another node: join again now, and leave this session when the new one carries media.',
    params: z.object({ sessionId }),
  },
  'ticket.expiring': {
    summary: 'The ticket of a viewer ends soon: show another with `renewTicket`, or the session ends after a grace.',
    params: z.object({ sessionId, expiresAt: z.int().meta({ description: 'Milliseconds since the Unix epoch.' }) }),
  },
  'session.closed': {
    summary: 'The session is over; `media_lost` asks the client to join again.',
    params: z.object({ sessionId, why: z.enum(sessionEndings) }),
  },
} as const;

export type NotificationName = keyof typeof notifications;
export type NotificationParams<N extends NotificationName> = z.output<(typeof notifications)[N]['params']>;
export type Notification = { [N in NotificationName]: { method: N; params: NotificationParams<N> } }[NotificationName];
