/** A webhook must be retried: parses the job, and offers its lane. The job does not wait for the receiver. */
import { CallError } from '../../src/domain/kernel/errors.ts';
import type { CallMetrics } from '../../src/ports/system/callMetrics.ts';
import { webhookJob } from '../../src/protocol/internal/jobs.ts';
import type { Offered } from '../../src/commands/webhooks/endpointQueue.ts';

export interface WebhookHandlerOptions {
  readonly offer: (offered: Offered) => void;
  readonly metrics: Pick<CallMetrics, 'refused'>;
}

export function webhookHandler({ offer, metrics }: WebhookHandlerOptions) {
  return ({ data }: { data: unknown }): Promise<void> => {
    const job = webhookJob.safeParse(data);
    if (!job.success) {
      metrics.refused('job', 'invalid_request');
      return Promise.reject(new CallError('invalid_request', { cause: job.error }));
    }
    const { endpointId, callId, seq, attempt, urgent = false } = job.data;
    offer({ lane: { endpointId, callId }, urgent, woken: { seq, attempt } });
    return Promise.resolve();
  };
}
