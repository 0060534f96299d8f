/**
 * Messages between nodes. They must stay compatible: an older node may receive those of a newer one. Fields that a
 * schema does not name are neither sent nor accepted, and no schema has a field that could hold a client's address.
 */
import * as z from 'zod';
import { handedCommand } from './callCommands.ts';
import { errorCode } from '../socket/jsonRpc.ts';
import { callId, deviceId, nodeId, sessionId, trackId, userId } from '../shared/ids.ts';
import { mediaKind, receivedRtpParameters, rtpCapabilities, trackSource, transportOptions } from '../shared/media.ts';
import { notifications, sessionEndings, subscription } from '../socket/notifications.ts';
import { requests } from '../socket/requests.ts';

const device = z.object({ userId, deviceId });
const subscriptions = z.array(subscription);
const ownerTerm = z.int().positive();
const nothing = z.object({});

/** Who may send and receive. Lists stand for sets. */
export const admission = z.object({
  version: z.int().positive(),
  leastOwnerTerm: z.int().nonnegative(),
  flowing: z.boolean(),
  admitted: z.array(device),
  onHold: z.array(userId),
  welcome: z.array(userId),
});

/** One end of a pipe between two nodes: its configured address, and the keys of its media (RFC 3711). */
const pipeAddress = z.object({
  ip: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65_535),
  srtpParameters: z.object({
    cryptoSuite: z.enum(['AEAD_AES_256_GCM', 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']),
    keyBase64: z.base64().max(64),
  }),
});
/** What an edge broadcast offers its viewers, and whether media flows. */
export const pipeState = z.object({
  admission,
  tracks: z.array(
    z.object({
      trackId,
      producerId: z.uuid(),
      device,
      source: trackSource,
      kind: mediaKind,
      rtpParameters: receivedRtpParameters,
      muted: z.boolean(),
      paused: z.boolean(),
    }),
  ),
});
export type PipeState = z.output<typeof pipeState>;
const pipeId = z.uuid();
export const maxViewersOnPage = 501;

const mediaRequest = <P extends z.ZodType>({ params }: { readonly params: P }) => ({ params, result: nothing });

/** Requests to the node that owns a broadcast, which answers them. */
export const nodeRequests = {
  /**
   * A command for a call that the node owns. It must not begin after `notAfter`, by the store's clock: by then the
   * requesting node no longer waits, and decides it without the owner.
   */
  command: {
    params: z.object({ callId, command: handedCommand, notAfter: z.int().nonnegative() }),
    /** Done, but the store takes no writes. Only the owner knows the current state of the call. */
    result: z.object({ isUnsaved: z.literal(true).exactOptional() }),
  },
  join: {
    params: z.object({
      callId,
      sessionId,
      device,
      ownerTerm,
      rtpCapabilities,
      mayPublish: z.boolean(),
      asViewer: z.boolean().exactOptional(),
      admission,
    }),
    result: z.object({
      routerRtpCapabilities: rtpCapabilities,
      send: transportOptions,
      receive: transportOptions,
      subscriptions,
    }),
  },
  /** From now on, the requesting node carries the messages of this session. */
  take: { params: z.object({ callId, sessionId, device }), result: z.object({ ownerTerm, subscriptions }) },
  subscriptions: { params: z.object({ sessionId }), result: z.object({ subscriptions }) },
  publish: mediaRequest(requests.publish),
  connect: mediaRequest(requests.connect),
  unpublish: mediaRequest(requests.unpublish),
  pause: mediaRequest(requests.pause),
  ready: mediaRequest(requests.ready),
  prefer: mediaRequest(requests.prefer),
  restartIce: {
    params: requests.restartIce.params,
    result: requests.restartIce.result.pick({ iceParameters: true }),
  },
  /** The requesting node has viewers of its own: one copy of each track goes over a pipe for all of them. */
  openPipe: {
    params: z.object({ callId, pipeId, admission, pipe: pipeAddress }),
    result: z.object({ pipe: pipeAddress, state: pipeState }),
  },
  /** One page of the viewers on the node that is asked, in the order of their ids. */
  viewers: {
    params: z.object({ callId, after: userId.exactOptional(), limit: z.int().min(1).max(maxViewersOnPage) }),
    result: z.object({ viewers: z.array(z.object({ userId, devices: z.int().positive() })) }),
  },
  /** Used after notices may have been lost. */
  pipeState: { params: z.object({ pipeId }), result: z.object({ state: pipeState }) },
} as const;

const sessionNotification = z.discriminatedUnion('method', [
  z.object({ method: z.literal('subscription.added'), params: notifications['subscription.added'].params }),
  z.object({ method: z.literal('subscription.removed'), params: notifications['subscription.removed'].params }),
  z.object({ method: z.literal('subscription.paused'), params: notifications['subscription.paused'].params }),
  z.object({ method: z.literal('subscription.layers'), params: notifications['subscription.layers'].params }),
  z.object({ method: z.literal('speakers'), params: notifications.speakers.params }),
  z.object({ method: z.literal('session.moving'), params: notifications['session.moving'].params }),
]);
const why = z.enum(sessionEndings);

/** Messages without an answer: first those to an owner, then those to the node that a session is connected to. */
export const nodeNotices = {
  leave: z.object({ sessionId, why }),
  /** The call has changed while a session was made there. */
  follow: z.object({ callId, admission }),
  close: z.object({ callId }),
  notify: z.object({ sessionId, notification: sessionNotification }),
  closed: z.object({ sessionId, why }),
  /** The session is connected to another node now. */
  taken: z.object({ sessionId }),
  /** All subscriptions of a session, after notifications may have been lost. */
  restate: z.object({ sessionId, subscriptions }),
  /** The last viewer of an edge broadcast has left. */
  closePipe: z.object({ pipeId }),
  pipeChanged: z.object({ pipeId, state: pipeState }),
  pipeSpeakers: z.object({ pipeId, heard: notifications.speakers.params.omit({ sessionId: true }) }),
  pipeEnded: z.object({ pipeId, why }),
} as const;

export type NodeRequestKind = keyof typeof nodeRequests;
export type NodeRequestParams = { [K in NodeRequestKind]: z.output<(typeof nodeRequests)[K]['params']> };
export type NodeRequestResults = { [K in NodeRequestKind]: z.output<(typeof nodeRequests)[K]['result']> };
export type NodeNoticeKind = keyof typeof nodeNotices;
export type NodeNoticeParams = { [K in NodeNoticeKind]: z.output<(typeof nodeNotices)[K]> };

const number = z.int().positive();
/** The envelope. The requesting node counts `number`. */
export const nodeFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('request'), from: nodeId, number, kind: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('answer'), from: nodeId, number, result: z.unknown() }),
  z.object({
    type: z.literal('refusal'),
    from: nodeId,
    number,
    code: errorCode,
    retryAfterMs: z.int().nonnegative().exactOptional(),
  }),
  z.object({ type: z.literal('notice'), from: nodeId, kind: z.string(), params: z.unknown() }),
]);
export type NodeFrame = z.infer<typeof nodeFrame>;
