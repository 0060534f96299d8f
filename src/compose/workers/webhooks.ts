/** Webhooks over given state: what lifecycle workers do, and what the app may request. */
import type { Clock } from '../../ports/system/clock.ts';
import type { Config } from '../../../config/schema.ts';
import { HttpSender } from '../../adapters/webhooks/httpSender.ts';
import { randomIds } from '../../adapters/system/randomIds.ts';
import { AcceptedHere } from '../../commands/webhooks/acceptedHere.ts';
import { deliverWebhook } from '../../commands/webhooks/deliverWebhook.ts';
import { enableEndpoint } from '../../commands/webhooks/disableEndpoint.ts';
import { enqueueWebhooks } from '../../commands/webhooks/enqueueWebhooks.ts';
import {
  createEndpoint,
  endpointOf,
  listDeadLetters,
  pingEndpoint,
  removeEndpoint,
  replayDeadLetter,
  replayDeadLetters,
  rotateSecret,
} from '../../commands/webhooks/webhookEndpoints.ts';
import type { WebhookContext } from '../../commands/webhooks/webhookEndpoints.ts';
import type { LifecycleOptions } from './startLifecycle.ts';
import type { WebhookUseCases } from '../../edge/http/routes/webhooks.ts';
import type { WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import type { State } from '../store/stores.ts';

export interface WebhookDependencies {
  readonly config: Config;
  readonly state: State;
  readonly metrics: WebhookMetrics;
  readonly log: Log;
}

/** Limit for all endpoints together in one process; each gets its share. */
const maxSendsAtOnce = 256;
/** First retry of a silent endpoint; later ones come less and less often. */
const firstProbeMs = 1_000;
const slowestProbeMs = 30_000;

/** What the lifecycle workers do for webhooks. */
export function composeWebhooks({ config, state, metrics, log }: WebhookDependencies): LifecycleOptions['webhooks'] {
  const { store, webhooks } = state;
  const { webhookSendsPerEndpoint: perEndpoint, webhookBreakerFailures: failures, webhookWaitsMs: waitsMs } = config;
  const sender = senderOf(config, state.clock);
  const context = {
    ...webhooks,
    sender,
    metrics,
    log,
    acceptedHere: new AcceptedHere(),
    clock: state.clock,
    waitsMs,
    random: Math.random,
  };
  const { mailbox, lanes } = webhooks;
  return {
    lanes,
    waitsMs,
    endpoints: () => webhooks.endpoints.list(),
    enqueue: (endpoints, change) => enqueueWebhooks({ mailbox, calls: store }, endpoints, change),
    deliver: (delivery) => deliverWebhook(context, delivery),
    limits: { inAll: Math.max(maxSendsAtOnce, perEndpoint), perEndpoint },
    breaker: { failures, firstProbeMs, slowestProbeMs },
  };
}

export function composeWebhookUseCases({ config, state, log }: Omit<WebhookDependencies, 'metrics'>): WebhookUseCases {
  return bindWebhookUseCases({
    ...state.webhooks,
    sender: senderOf(config, state.clock),
    ids: randomIds,
    clock: state.clock,
    log,
    secretOverlapMs: config.webhookSecretOverlapMs,
  });
}

export function bindWebhookUseCases(context: WebhookContext): WebhookUseCases {
  return {
    create: (url, making) => createEndpoint(context, url, making),
    get: (id) => endpointOf(context, id),
    list: () => context.endpoints.list(),
    remove: (id) => removeEndpoint(context, id),
    enable: (id) => enableEndpoint(context, id),
    rotate: (id, making) => rotateSecret(context, id, making),
    ping: (id) => pingEndpoint(context, id),
    deadLetters: (id, page) => listDeadLetters(context, id, page),
    replay: (id, messageId) => replayDeadLetter(context, id, messageId),
    replayAll: (id) => replayDeadLetters(context, id),
  };
}

function senderOf(config: Config, clock: Clock): HttpSender {
  return new HttpSender({
    allowPrivate: config.webhookAllowPrivate,
    timeoutMs: config.webhookTimeoutMs,
    clock,
  });
}
