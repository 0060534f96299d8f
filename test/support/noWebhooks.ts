/** Lifecycle workers of an app that wants no webhooks. */
import type { LifecycleOptions } from '../../src/compose/workers/startLifecycle.ts';

export const noWebhooks: LifecycleOptions['webhooks'] = {
  endpoints: () => Promise.resolve([]),
  enqueue: () => Promise.resolve([]),
  deliver: () => Promise.resolve('done'),
  lanes: { waiting: () => Promise.resolve([]), keep: () => Promise.resolve(), clear: () => Promise.resolve(0) },
  limits: { inAll: 1, perEndpoint: 1 },
  breaker: { failures: 1, firstProbeMs: 1_000, slowestProbeMs: 1_000 },
  waitsMs: [],
};
export const noWebhookMetrics = { webhookDied: () => undefined, webhookEndpoints: () => undefined };
