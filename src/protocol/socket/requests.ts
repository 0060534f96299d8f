/** JSON-RPC 2.0 over the WebSocket `/v1/connect`: every request a client may send, with its answer. */
import * as z from 'zod';
import { callRequests } from '../shared/callCommands.ts';
import { admittedCall, callEvent, ticket } from '../shared/calls.ts';
import { callId, deviceId, sessionId, subscriptionId, trackId, userId } from '../shared/ids.ts';
import {
  direction,
  dtlsParameters,
  iceParameters,
  mediaKind,
  turnServer,
  rtpCapabilities,
  rtpParameters,
  trackSource,
  transportOptions,
} from '../shared/media.ts';
import { subscription } from './notifications.ts';

const nothing = z.object({}).meta({ id: 'Nothing' });

export const publishedTrack = z
  .object({
    trackId,
    kind: mediaKind,
    source: trackSource,
    rtpParameters,
    paused: z.boolean().default(false),
  })
  .meta({ id: 'PublishedTrack' });

/** When a request takes effect relative to others of the same socket. A failed request counts as done. */
export const requestOrders = {
  first: 'All later requests wait for it.',
  call:
    'Waits for earlier requests about calls, and up to one second for earlier ones about media, ' +
    'so that a slow `join` never delays hanging up for long.',
  media: 'Waits for earlier requests about media, and up to one second for earlier ones about calls.',
  aside:
    'Waits for earlier requests about media. Requests about different subscriptions or directions run in parallel, and ' +
    'no other request waits for them.',
  anytime: 'Takes effect immediately; it waits only for `hello`.',
} as const;
export type RequestOrderKind = keyof typeof requestOrders;

export const requests = {
  hello: {
    order: 'first',
    summary: 'The first request on every socket: identifies the user and the device.',
    params: z.object({ token: z.string().max(2048), deviceId }),
    result: z.object({
      userId,
      calls: z.array(admittedCall).meta({ description: 'Calls that ring for this user or that they are in.' }),
      routerRtpCapabilities: rtpCapabilities,
    }),
  },
  renew: {
    order: 'first',
    summary:
      'Replaces the token with a newer one of the same user. The socket, its calls and its media continue unchanged.',
    params: z.object({ token: z.string().max(2048) }),
    result: z.object({ expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }) }),
  },
  join: {
    order: 'media',
    summary: 'Opens this device’s session in the broadcast. The answer has everything needed for media.',
    params: z.object({ ticket, rtpCapabilities }),
    result: z.object({
      sessionId,
      routerRtpCapabilities: rtpCapabilities,
      send: transportOptions,
      receive: transportOptions,
      iceServers: z.array(turnServer),
      subscriptions: z.array(subscription),
    }),
  },
  renewTicket: {
    order: 'aside',
    summary: 'Replaces the ticket of a watching session with a newer one. Its media continues unchanged.',
    params: z.object({ sessionId, ticket }),
    result: z.object({ expiresAt: z.int().meta({ description: 'Unix time in milliseconds.' }) }),
  },
  resume: {
    order: 'media',
    summary:
      'Resumes a session on a new socket, of any node, within the grace period. Media has not stopped meanwhile.',
    params: z.object({ callId, sessionId }),
    result: z.object({ call: admittedCall, subscriptions: z.array(subscription) }),
  },
  publish: {
    order: 'media',
    summary: 'Publishes tracks. The first time, it also connects the sending transport (`dtlsParameters`).',
    params: z.object({
      sessionId,
      tracks: z.array(publishedTrack).min(1).max(8),
      dtlsParameters: dtlsParameters.optional(),
    }),
    result: nothing,
  },
  connect: {
    order: 'media',
    summary: 'Connects a transport that no other request has connected.',
    params: z.object({ sessionId, direction, dtlsParameters }),
    result: nothing,
  },
  unpublish: {
    order: 'media',
    summary: 'Unpublishes tracks.',
    params: z.object({ sessionId, trackIds: z.array(trackId).min(1).max(8) }),
    result: nothing,
  },
  pause: {
    order: 'media',
    summary: 'Mutes or unmutes a published track.',
    params: z.object({ sessionId, trackId, paused: z.boolean() }),
    result: nothing,
  },
  ready: {
    order: 'aside',
    summary:
      'Starts these subscriptions: the client can receive them. Media flows once the call lets it. Ended subscriptions are left out of the answer.',
    params: z.object({ sessionId, subscriptionIds: z.array(subscriptionId).min(1).max(64) }),
    result: nothing,
  },
  prefer: {
    order: 'aside',
    summary: 'Sets the highest layers that this client wants of a video subscription.',
    params: z.object({
      sessionId,
      subscriptionId,
      spatialLayer: z.int().min(0).max(3),
      temporalLayer: z.int().min(0).max(3).optional(),
    }),
    result: nothing,
  },
  restartIce: {
    order: 'aside',
    summary: 'Gets new ICE credentials for a transport after a network change.',
    params: z.object({ sessionId, direction }),
    result: z.object({ iceParameters, iceServers: z.array(turnServer) }),
  },
  ping: {
    order: 'anytime',
    summary: 'Checks whether the server can still be reached: client code cannot see WebSocket pings.',
    params: nothing,
    result: nothing,
  },
  leaveSession: {
    order: 'call',
    summary: 'Closes this device’s session. The call continues for the others.',
    params: z.object({ sessionId }),
    result: nothing,
  },
  ...callRequests,
  events: {
    order: 'call',
    summary:
      'Gets the events of a call after a number, in pages, to catch up. Only the newest 1,000 of a call are kept.',
    params: z.object({
      callId,
      after: z.int().nonnegative(),
      limit: z.int().min(1).max(500).default(100).meta({ description: 'Maximum number of items.' }),
    }),
    result: z.object({
      events: z.array(callEvent),
      next: z.int().exactOptional().meta({ description: 'The `after` of the next page; absent on the last page.' }),
      missed: z.int().exactOptional().meta({
        description: 'How many events after `after` are no longer kept; absent if none.',
      }),
    }),
  },
} as const;

export type RequestName = keyof typeof requests;
export type RequestParams<N extends RequestName> = z.output<(typeof requests)[N]['params']>;
export type RequestInput<N extends RequestName> = z.input<(typeof requests)[N]['params']>;
export type RequestResult<N extends RequestName> = z.output<(typeof requests)[N]['result']>;
