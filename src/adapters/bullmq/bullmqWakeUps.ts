/** Retries of webhooks as delayed BullMQ jobs. */
import { Queue } from 'bullmq';
import type { Clock } from '../../ports/system/clock.ts';
import type { Due, Lane, WebhookWakeUps } from '../../ports/webhooks/webhooks.ts';
import type { WebhookJob } from '../../protocol/internal/jobs.ts';
import { withQueueTimeout } from './queueTimeout.ts';
import type { BullmqConnections } from './connections.ts';
import { queueNames, queuePrefix, webhookJobId, webhookJobOptions } from './queues.ts';

export interface BullmqWakeUpsOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
  readonly clock: Clock;
}

export class BullmqWakeUps implements WebhookWakeUps {
  readonly #queue: Queue<WebhookJob>;
  readonly #clock: Clock;

  constructor({ connections, redisPrefix, clock }: BullmqWakeUpsOptions) {
    this.#clock = clock;
    this.#queue = new Queue(queueNames.webhooks, {
      connection: connections.shared(),
      prefix: queuePrefix(redisPrefix),
      skipVersionCheck: true,
    });
    // Faults of connections are reported once, where they are opened.
    this.#queue.on('error', () => undefined);
  }

  async wake({ endpointId, callId }: Lane, due: Due & { readonly urgent: boolean }): Promise<void> {
    const { seq, attempt, dueAt, urgent } = due;
    const job = { endpointId, callId, seq, attempt, ...(urgent ? { urgent } : {}) } as const;
    const delay = Math.max(0, dueAt - this.#clock.now());
    const options = { ...webhookJobOptions, jobId: webhookJobId(job), delay };
    await withQueueTimeout(this.#queue.add(queueNames.webhooks, job, options));
  }
}
