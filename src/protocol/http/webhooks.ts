/** Bodies and answers of the HTTP API of webhooks. */
import * as z from 'zod';
import { eventTypes } from '../../domain/call/events.ts';
import { disableReasons, sendFailures } from '../../domain/webhooks/webhook.ts';
import { callId, webhookEndpointId, webhookMessageId } from '../shared/ids.ts';
import { next, pageQuery } from './paging.ts';

const instant = z.int().meta({ description: 'Unix time in milliseconds.' });
const url = z.url().max(2048);

export const createWebhook = z.object({ url }).meta({ id: 'CreateWebhookEndpoint' });
const disabled = z
  .object({
    reason: z.enum(disableReasons).meta({ description: '`gone`: the endpoint answered 410.' }),
    since: instant,
  })
  .meta({ description: 'Nothing is sent until the endpoint is enabled again. Waiting messages became dead letters.' });
export const webhook = z
  .object({ id: webhookEndpointId, url, createdAt: instant, disabled: disabled.exactOptional() })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookView = z.infer<typeof webhook>;
export const webhookWithSecret = webhook
  .extend({ secret: z.string().meta({ description: 'Verifies signatures. Shown only in this answer.' }) })
  .meta({ id: 'WebhookEndpointWithSecret' });
export const webhookList = z.object({ endpoints: z.array(webhook), next }).meta({ id: 'WebhookEndpointList' });
/** A page of endpoints begins after this one. */
export const webhookPlace = z.tuple([instant, webhookEndpointId]);
export const webhookParams = z.object({ endpointId: webhookEndpointId });

const failure = z.enum(sendFailures).meta({ description: 'Time of the last attempt.' });
const status = z.int().meta({ description: 'HTTP status of the last answer, if there was one.' });
export const pingedWebhook = z
  .object({ accepted: z.boolean(), failure: failure.optional(), status: status.optional() })
  .meta({ id: 'PingedWebhookEndpoint' });
export type PingedWebhookView = z.infer<typeof pingedWebhook>;

const deadLetter = z
  .object({
    id: webhookMessageId,
    callId,
    seq: z.int(),
    type: z.enum(eventTypes),
    body: z.string().meta({ description: 'Body as it was sent.' }),
    attempts: z.int().meta({ description: '0 if the last attempt got no answer.' }),
    failure,
    status: status.exactOptional(),
    diedAt: instant,
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.infer<typeof deadLetter>;
export const deadLetterList = z
  .object({
    letters: z.array(deadLetter),
    next,
  })
  .meta({ id: 'DeadLetterList' });
/** A letter holds a whole message: a page of a hundred is some 100 KB. */
export const deadLetterPage = pageQuery({ usual: 50, most: 100 });
/** When the last dead letter of a page was given up. */
export const deadLetterPlace = z.number().nonnegative();
export const deadLetterParams = webhookParams.extend({ messageId: webhookMessageId });
export const replayedLetters = z.object({ replayed: z.int(), more: z.boolean() }).meta({ id: 'ReplayedLetters' });
