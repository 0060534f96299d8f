/** Every metric of the product, declared once. Durations are in seconds; every label is from a closed list. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { endReasons } from '../../domain/call/call.ts';
import { eventTypes } from '../../domain/call/events.ts';
import { sendFailures } from '../../domain/webhooks/webhook.ts';
import { connectionCuts, connectionEdges } from '../../ports/system/connectionMetrics.ts';

export type Declared = ReturnType<typeof declareMetrics>;

export function declareMetrics(registry: Registry) {
  return {
    ...declareCalls(registry),
    ...declareTimings(registry),
    ...declareWebhooks(registry),
    ...declareMedia(registry),
    ...declareConnections(registry),
  };
}

function declareCalls(registry: Registry) {
  const registers = [registry];
  const ended = new Counter({
    name: 'veilcast_calls_ended_total',
    help: 'Calls ended by this process, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  const events = new Counter({
    name: 'veilcast_call_events_total',
    help: 'Call events recorded by this process, by type.',
    labelNames: ['type'] as const,
    registers,
  });
  // `rate()` needs the zero before the first increase: it cannot see a series that starts at one.
  for (const reason of endReasons) ended.inc({ reason }, 0);
  for (const type of eventTypes) events.inc({ type }, 0);
  return {
    ended,
    events,
    calls: new Gauge({
      name: 'veilcast_calls',
      help: 'Live calls of the whole system, by phase; absent while the store cannot be read.',
      labelNames: ['phase'] as const,
      registers,
    }),
    decisions: new Counter({
      name: 'veilcast_decisions_total',
      help: 'Commands decided, by outcome. Ignored ones are late timers and repeated messages.',
      labelNames: ['command', 'outcome'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'veilcast_refusals_total',
      help: 'Errors returned or logged, by edge and stable code.',
      labelNames: ['edge', 'code'] as const,
      registers,
    }),
    queueJobs: new Gauge({
      name: 'veilcast_queue_jobs',
      help: 'Lifecycle jobs by state; absent while the queue cannot be read.',
      labelNames: ['state'] as const,
      registers,
    }),
    scrapeErrors: new Counter({
      name: 'veilcast_scrape_errors_total',
      help: 'Sources that did not answer a scrape in time; their gauges are absent from it.',
      labelNames: ['source'] as const,
      registers,
    }),
  };
}

function declareTimings(registry: Registry) {
  const registers = [registry];
  return {
    join: new Histogram({
      name: 'veilcast_session_join_seconds',
      help: 'Time the server needs for a join of a broadcast.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    setUp: new Histogram({
      name: 'veilcast_call_set_up_seconds',
      help: 'Time from an answer until the broadcast lets its media through.',
      // A key frame and the way to the clients are not included: people see each other within 0.12 s on a LAN.
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    phase: new Histogram({
      name: 'veilcast_call_phase_seconds',
      help: 'Time that calls spent in a phase, by phase.',
      labelNames: ['phase'] as const,
      buckets: [1, 2.5, 5, 10, 15, 30, 45, 60, 300, 900, 1800, 3600, 7200, 14_400],
      registers,
    }),
    http: new Histogram({
      name: 'veilcast_http_request_duration_seconds',
      help: 'HTTP requests by route pattern (never the URL) and status.',
      labelNames: ['route', 'status'] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    lateness: new Histogram({
      name: 'veilcast_timer_lateness_seconds',
      help: 'Delay of call timers after their due time.',
      labelNames: ['kind'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
      registers,
    }),
  };
}

function declareWebhooks(registry: Registry) {
  const registers = [registry];
  const webhooks = new Counter({
    name: 'veilcast_webhook_deliveries_total',
    help: 'Attempts to deliver a webhook, by outcome.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of ['accepted', ...sendFailures]) webhooks.inc({ outcome }, 0);
  const deadLetters = new Counter({
    name: 'veilcast_webhook_dead_letters_total',
    help: 'Webhook messages given up by this process; those of disabled or long silent endpoints are counted by call.',
    registers,
  });
  const webhookEndpoints = new Gauge({
    name: 'veilcast_webhook_endpoints',
    help: 'Webhook endpoints that do not answer this process, and disabled ones.',
    labelNames: ['state'] as const,
    registers,
  });
  return { webhooks, deadLetters, webhookEndpoints };
}

function declareConnections(registry: Registry) {
  const connectionsCut = new Counter({
    name: 'veilcast_connections_cut_total',
    help: 'Connections that did not end normally, by port and cause.',
    labelNames: ['edge', 'why'] as const,
    registers: [registry],
  });
  for (const edge of connectionEdges) for (const why of connectionCuts) connectionsCut.inc({ edge, why }, 0);
  return { connectionsCut };
}

function declareMedia(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  return {
    media: {
      broadcasts: gauge('veilcast_broadcasts', 'Broadcasts open on this node.'),
      sessions: gauge('veilcast_sessions', 'Sessions (devices in a broadcast) on this node.'),
      transports: gauge('veilcast_transports', 'WebRTC transports on this node.'),
      producers: gauge('veilcast_producers', 'Tracks published on this node.'),
      consumers: gauge('veilcast_consumers', 'Tracks received from this node.'),
    },
    mediaWorker: new Gauge({
      name: 'veilcast_media_worker_info',
      help: 'Always 1: the media worker of this node. `recipe` is 0 if it was not built by our recipe.',
      labelNames: ['origin', 'recipe', 'version'] as const,
      registers,
    }),
    nodeLoad: new Gauge({
      name: 'veilcast_node_load',
      help: 'Load of this node, from 0 to 1: the highest of media workers, event loop and memory.',
      labelNames: ['of'] as const,
      registers,
    }),
    workerCpu: new Counter({
      name: 'veilcast_media_worker_cpu_seconds_total',
      help: 'CPU time of each media worker; its rate is the fraction of a core that it uses.',
      labelNames: ['worker'] as const,
      registers,
    }),
  };
}
