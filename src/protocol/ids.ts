/** Identifiers as they cross a border. */
import * as z from 'zod';

/** The app's own name for a user: letters, digits, `_`, `-`, `.`; at most 64. Not `.` or `..`, which no URL can name. */
export const userId = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/)
  .meta({ id: 'UserId', example: 'alice' });
/** Chosen by the client, kept over reloads of one tab or app installation; never shown to others. */
export const deviceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/)
  .meta({ id: 'DeviceId', example: 'tab-5f0c2a91' });

const random = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
export const callId = z.templateLiteral(['call_', random]);
export const sessionId = z.templateLiteral(['ses_', random]);
export const nodeId = z.templateLiteral(['node_', random]);
export const webhookEndpointId = z.templateLiteral(['hook_', random]);
/** Of a webhook: the call and the number of its event. */
export const webhookMessageId = z.string().regex(/^call_[A-Za-z0-9_-]{22}_[1-9]\d{0,9}$/);

/** Made by the client for a track that it publishes: unique in its session. */
export const trackId = z.uuid().meta({ id: 'TrackId' });
/** Made by the server for one track as one session receives it. */
export const subscriptionId = z.uuid().meta({ id: 'SubscriptionId' });
