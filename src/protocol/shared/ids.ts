/** Identifiers in the protocol. */
import * as z from 'zod';

export const maxUserIdBytes = 255;
const utf8 = new TextEncoder();
/**
 * The app's own name for a user, unchanged: a UUID, an e-mail address, `auth0|…`, `@ann:example.org`. Compared byte by
 * byte. Control characters and lone surrogates are not allowed, nor are `.` and `..`, which no URL can contain as a
 * segment.
 */
export const userId = z
  .string()
  .min(1)
  .max(maxUserIdBytes)
  .refine((id) => !/\p{Cc}|\p{Cs}|^\.{1,2}$/u.test(id), 'must have no control characters, and must not be `.` or `..`')
  .refine((id) => utf8.encode(id).length <= maxUserIdBytes, `must have at most ${maxUserIdBytes} bytes as UTF-8`)
  // For the documents, which cannot show checks in code.
  .meta({ id: 'UserId', example: 'alice', pattern: String.raw`^(?!\.{1,2}$)[^\u0000-\u001f\u007f-\u009f]+$` });
/** Chosen by the client, kept over reloads of one tab or app installation; never shown to others. */
export const deviceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/)
  .meta({ id: 'DeviceId', example: 'tab-5f0c2a91' });

const random = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
export const callId = z.templateLiteral(['call_', random]);
export const sessionId = z.templateLiteral(['ses_', random]);
export const nodeId = z.templateLiteral(['node_', random]);
export const ticketId = z.templateLiteral(['tic_', random]);
/** Made by the server for a request with an `Idempotency-Key` that changes a call. */
export const keyedRequestId = z.templateLiteral(['req_', random]);
export const webhookEndpointId = z.templateLiteral(['hook_', random]);
/** Of a webhook message: the call and the number of its event. */
export const webhookMessageId = z.string().regex(/^call_[A-Za-z0-9_-]{22}_[1-9]\d{0,9}$/);

/** Made by the client for a track that it publishes: unique in its session. */
export const trackId = z.uuid().meta({ id: 'TrackId' });
/** Made by the server for one track in one session that receives it. */
export const subscriptionId = z.uuid().meta({ id: 'SubscriptionId' });

/** draft-ietf-httpapi-idempotency-key-header: printable ASCII, up to 255 characters. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/);
