/** The webhook endpoints of the app's backend, and messages that could not be delivered. */
import type { WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { DeadLetter, WebhookEndpoint } from '../../../domain/webhooks/webhook.ts';
import type { SendOutcome } from '../../../ports/webhooks/webhooks.ts';
import {
  createWebhook,
  deadLetterList,
  deadLetterPage,
  deadLetterParams,
  deadLetterPlace,
  pingedWebhook,
  replayedLetters,
  webhook,
  webhookList,
  webhookParams,
  webhookPlace,
  webhookWithSecret,
} from '../../../protocol/http/webhooks.ts';
import type { DeadLetterView, PingedWebhookView, WebhookView } from '../../../protocol/http/webhooks.ts';
import { cursorAt, usualPage } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { webhookEndpointId } from '../../../protocol/shared/ids.ts';
import type { Making } from '../../idempotent.ts';
import { newId, noAnswer, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';

export interface WebhookUseCases {
  /** `making`: the id to create it with. It may exist already. */
  create(url: string, making?: { readonly id: WebhookEndpointId; readonly again: boolean }): Promise<WebhookEndpoint>;
  get(id: WebhookEndpointId): Promise<WebhookEndpoint>;
  list(): Promise<readonly WebhookEndpoint[]>;
  remove(id: WebhookEndpointId): Promise<void>;
  /** Safe to repeat. */
  enable(id: WebhookEndpointId): Promise<WebhookEndpoint>;
  /** `making`: the request for it, which may have been carried out already. */
  rotate(id: WebhookEndpointId, making?: Making): Promise<WebhookEndpoint>;
  ping(id: WebhookEndpointId): Promise<SendOutcome>;
  /** Oldest dead letters first. `next` is set if there are more, and says where to continue. */
  deadLetters(
    id: WebhookEndpointId,
    page: { readonly after: number; readonly max: number },
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly next?: number }>;
  replay(id: WebhookEndpointId, messageId: string): Promise<void>;
  replayAll(id: WebhookEndpointId): Promise<{ readonly replayed: number; readonly more: boolean }>;
}
export interface WebhookRoutesOptions {
  readonly webhooks: WebhookUseCases;
}

const endpoints = '/v1/webhook-endpoints';
const one = `${endpoints}/{endpointId}` as const;

export function webhookRoutes({ webhooks }: WebhookRoutesOptions): readonly Route[] {
  return [...endpointRoutes(webhooks), ...endpointActionRoutes(webhooks), ...deadLetterRoutes(webhooks)];
}

/** For a repeated request: the current state of the endpoint. */
function remadeBy(webhooks: WebhookUseCases) {
  return {
    idIn: ({ id }: { readonly id: string }) => id,
    remake: async (_request: unknown, id: string) => withSecret(await webhooks.get(webhookEndpointId.parse(id))),
  };
}

function endpointRoutes(webhooks: WebhookUseCases): readonly Route[] {
  return [
    route({
      method: 'post',
      path: endpoints,
      status: 201,
      access: 'app',
      scope: 'admin',
      summary:
        'Creates a webhook endpoint. It gets every event of every call from now on, by the rules of Standard Webhooks.',
      params: noParams,
      body: createWebhook,
      answer: webhookWithSecret,
      refusals: ['webhook_url_refused', 'too_many_webhooks'],
      once: { newId: newId('hook'), ...remadeBy(webhooks) },
      handler: async ({ body, making }) =>
        withSecret(
          await webhooks.create(
            body.url,
            making === undefined ? undefined : { ...making, id: webhookEndpointId.parse(making.id) },
          ),
        ),
    }),
    routeWithQuery({
      method: 'get',
      path: endpoints,
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Lists all webhook endpoints, oldest first.',
      params: noParams,
      query: usualPage,
      body: noBody,
      answer: webhookList,
      handler: async ({ query: { limit, after } }) => {
        const behind = endpointsAfter(placeAfter(webhookPlace, after), await webhooks.list());
        const page = behind.slice(0, limit);
        const last = behind.length > limit ? page.at(-1) : undefined;
        return {
          endpoints: page.map(viewOf),
          ...(last === undefined ? {} : { next: cursorAt([last.createdAt, last.id]) }),
        };
      },
    }),
    route({
      method: 'delete',
      path: one,
      status: 204,
      access: 'app',
      scope: 'admin',
      summary: 'Deletes a webhook endpoint and its undelivered messages.',
      params: webhookParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['webhook_not_found'],
      handler: ({ params: { endpointId } }) => webhooks.remove(endpointId),
    }),
  ];
}

function endpointsAfter(
  [madeAt, id]: readonly [madeAt: number, id: string] = [0, ''],
  all: readonly WebhookEndpoint[],
): readonly WebhookEndpoint[] {
  return all.filter((one) => one.createdAt > madeAt || (one.createdAt === madeAt && one.id > id));
}

function endpointActionRoutes(webhooks: WebhookUseCases): readonly Route[] {
  return [
    route({
      method: 'post',
      path: `${one}/enable`,
      status: 200,
      access: 'app',
      scope: 'admin',
      summary: 'Enables a disabled endpoint: it gets all events from now on. Events missed before are not sent.',
      params: webhookParams,
      body: noBody,
      answer: webhook,
      refusals: ['webhook_not_found'],
      handler: async ({ params: { endpointId } }) => viewOf(await webhooks.enable(endpointId)),
    }),
    route({
      method: 'post',
      path: `${one}/rotate-secret`,
      status: 200,
      access: 'app',
      scope: 'admin',
      summary: 'Replaces the secret. The old one also signs for a while.',
      params: webhookParams,
      body: noBody,
      answer: webhookWithSecret,
      refusals: ['webhook_not_found'],
      once: { newId: newId('hook'), ...remadeBy(webhooks) },
      handler: async ({ params: { endpointId }, making }) => withSecret(await webhooks.rotate(endpointId, making)),
    }),
    route({
      method: 'post',
      path: `${one}/ping`,
      status: 200,
      access: 'app',
      scope: 'admin',
      summary: 'Sends a test message, `webhook.ping`, immediately and only once.',
      params: webhookParams,
      body: noBody,
      answer: pingedWebhook,
      refusals: ['webhook_not_found', 'webhook_disabled'],
      once: {
        newId: newId('hook'),
        idIn: (answer) => JSON.stringify(answer),
        remake: (_request, outcome) => Promise.resolve(pingedWebhook.parse(JSON.parse(outcome))),
      },
      handler: async ({ params: { endpointId } }) => pinged(await webhooks.ping(endpointId)),
    }),
  ];
}

function deadLetterRoutes(webhooks: WebhookUseCases): readonly Route[] {
  const letters = `${one}/dead-letters` as const;
  return [
    routeWithQuery({
      method: 'get',
      path: letters,
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Lists messages that failed on every attempt, oldest dead letter first.',
      params: webhookParams,
      query: deadLetterPage,
      body: noBody,
      answer: deadLetterList,
      refusals: ['webhook_not_found'],
      handler: async ({ params: { endpointId }, query: { after, limit } }) => {
        const place = placeAfter(deadLetterPlace, after) ?? 0;
        const { letters: found, next } = await webhooks.deadLetters(endpointId, { after: place, max: limit });
        return { letters: found.map(letterOf), ...(next === undefined ? {} : { next: cursorAt(next) }) };
      },
    }),
    route({
      method: 'post',
      path: `${letters}/replay`,
      status: 200,
      access: 'app',
      scope: 'admin',
      summary:
        'Delivers all dead letters of this endpoint again, in order within each call. Repeat the request while there are `more`.',
      params: webhookParams,
      body: noBody,
      answer: replayedLetters,
      refusals: ['webhook_not_found', 'webhook_disabled'],
      handler: ({ params: { endpointId } }) => webhooks.replayAll(endpointId),
    }),
    route({
      method: 'post',
      path: `${letters}/{messageId}/replay`,
      status: 204,
      access: 'app',
      scope: 'admin',
      summary: 'Delivers one dead letter again.',
      params: deadLetterParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['webhook_not_found', 'webhook_disabled', 'dead_letter_not_found'],
      handler: ({ params: { endpointId, messageId } }) => webhooks.replay(endpointId, messageId),
    }),
  ];
}

function viewOf({ id, url, createdAt, disabled }: WebhookEndpoint): WebhookView {
  return { id, url, createdAt, ...(disabled === undefined ? {} : { disabled }) };
}

function pinged(outcome: SendOutcome): PingedWebhookView {
  if (outcome.accepted) return { accepted: true, status: outcome.status };
  const { failure, status } = outcome;
  return { accepted: false, failure, ...(status === undefined ? {} : { status }) };
}

function withSecret(endpoint: WebhookEndpoint) {
  return { ...viewOf(endpoint), secret: endpoint.secrets[0]?.secret ?? '' };
}

function letterOf({ message, attempts, failure, status, diedAt }: DeadLetter): DeadLetterView {
  const { id, callId, seq, type, body } = message;
  return { id, callId, seq, type, body, attempts, failure, diedAt, ...(status === undefined ? {} : { status }) };
}
