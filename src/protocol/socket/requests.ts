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
  first: 'Whatever is sent after it waits for it.',
  call:
    'After every earlier request about calls, and after earlier ones about media; but no longer than a second for those, ' +
    'so that nobody’s hanging up is stuck behind a slow `join`.',
  media:
    'After every earlier request about media, and after earlier ones about calls, for which it waits a second at most.',
  aside:
    'After every earlier request about media. Those about different subscriptions or directions run side by side, and ' +
    'nothing else waits for them.',
  anytime: 'At once, beside all others; only `hello` comes before it.',
} as const;
export type RequestOrderKind = keyof typeof requestOrders;

export const requests = {
  hello: {
    order: 'first',
    summary: 'The first request on every socket: who and which device this is.',
    params: z.object({ token: z.string().max(2048), deviceId }),
    result: z.object({
      userId,
      calls: z.array(admittedCall).meta({ description: 'Calls that ring for this user or that they are in.' }),
      routerRtpCapabilities: rtpCapabilities,
    }),
  },
  renew: {
    order: 'first',
    summary: 'Shows a newer token of the same user. The socket, its calls and its media go on as they are.',
    params: z.object({ token: z.string().max(2048) }),
    result: z.object({ expiresAt: z.int().meta({ description: 'Milliseconds since the Unix epoch.' }) }),
  },
  join: {
    order: 'media',
    summary: 'Opens this device’s session in the broadcast: everything that is needed for media in one answer.',
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
    summary: 'Shows a newer ticket for a session that watches; what it receives goes on.',
    params: z.object({ sessionId, ticket }),
    result: z.object({ expiresAt: z.int().meta({ description: 'Milliseconds since the Unix epoch.' }) }),
  },
  resume: {
    order: 'media',
    summary: 'Takes up a session again on a new socket, of any node, within the grace; media has flowed on meanwhile.',
    params: z.object({ callId, sessionId }),
    result: z.object({ call: admittedCall, subscriptions: z.array(subscription) }),
  },
  publish: {
    order: 'media',
    summary: 'Publishes tracks; the first time also connects the sending transport (`dtlsParameters`).',
    params: z.object({
      sessionId,
      tracks: z.array(publishedTrack).min(1).max(8),
      dtlsParameters: dtlsParameters.optional(),
    }),
    result: nothing,
  },
  connect: {
    order: 'media',
    summary: 'Connects a transport that nothing else has connected.',
    params: z.object({ sessionId, direction, dtlsParameters }),
    result: nothing,
  },
  unpublish: {
    order: 'media',
    summary: 'Takes tracks back.',
    params: z.object({ sessionId, trackIds: z.array(trackId).min(1).max(8) }),
    result: nothing,
  },
  pause: {
    order: 'media',
    summary: 'Mutes a track at its source, or takes the mute away.',
    params: z.object({ sessionId, trackId, paused: z.boolean() }),
    result: nothing,
  },
  ready: {
    order: 'aside',
    summary:
      'The client can receive these subscriptions: they flow from now on, as soon as the call does. Those that have gone meanwhile are left out.',
    params: z.object({ sessionId, subscriptionIds: z.array(subscriptionId).min(1).max(64) }),
    result: nothing,
  },
  prefer: {
    order: 'aside',
    summary: 'The highest layers this client wants of a video subscription.',
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
    summary: 'New ICE credentials for a transport after a change of network.',
    params: z.object({ sessionId, direction }),
    result: z.object({ iceParameters, iceServers: z.array(turnServer) }),
  },
  ping: {
    order: 'anytime',
    summary: 'Whether the way to the server is still there: a client cannot see the pings of WebSockets.',
    params: nothing,
    result: nothing,
  },
  leaveSession: {
    order: 'call',
    summary: 'Closes this device’s session; the call itself goes on for the others.',
    params: z.object({ sessionId }),
    result: nothing,
  },
  ...callRequests,
  events: {
    order: 'call',
    summary:
      'What was missed: the events of a call after a number, a page at a time. Of a call the newest 1,000 are kept.',
    params: z.object({
      callId,
      after: z.int().nonnegative(),
      limit: z.int().min(1).max(500).default(100).meta({ description: 'How many, at most.' }),
    }),
    result: z.object({
      events: z.array(callEvent),
      next: z.int().exactOptional().meta({ description: '`after` of the next page; absent on the last.' }),
      missed: z.int().exactOptional().meta({
        description: 'How many between `after` and the first of these are not kept any more; absent when none.',
      }),
    }),
  },
} as const;

export type RequestName = keyof typeof requests;
export type RequestParams<N extends RequestName> = z.output<(typeof requests)[N]['params']>;
export type RequestInput<N extends RequestName> = z.input<(typeof requests)[N]['params']>;
export type RequestResult<N extends RequestName> = z.output<(typeof requests)[N]['result']>;
