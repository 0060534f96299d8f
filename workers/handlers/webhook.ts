/** A delivery of webhooks is woken: parse the job, run one command. */
import { CallError } from '../../src/call/errors.ts';
import type { Delivery } from '../../src/commands/deliverWebhook.ts';
import type { CallMetrics } from '../../src/ports/callMetrics.ts';
import type { Log } from '../../src/ports/log.ts';
import { webhookJob } from '../../src/protocol/jobs.ts';

export interface WebhookHandlerOptions {
  readonly deliverWebhook: (delivery: Delivery) => Promise<void>;
  readonly metrics: Pick<CallMetrics, 'refused'>;
  readonly log: Log;
}

export function webhookHandler({ deliverWebhook, metrics, log }: WebhookHandlerOptions) {
  return async ({ id, data }: { id: string; data: unknown }): Promise<void> => {
    const job = webhookJob.safeParse(data);
    if (!job.success) {
      metrics.refused('job', 'invalid_request');
      throw new CallError('invalid_request', { cause: job.error });
    }
    const { endpointId, callId, seq, attempt } = job.data;
    try {
      await deliverWebhook({ lane: { endpointId, callId }, woken: { seq, attempt }, holder: id });
    } catch (error) {
      const code = error instanceof CallError ? error.code : 'internal';
      metrics.refused('job', code);
      // The job is not kept, so that another may take its place.
      if (code === 'internal') log.error('a webhook could not be delivered', { callId, error });
      throw error;
    }
  };
}
