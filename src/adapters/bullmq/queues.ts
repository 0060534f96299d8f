/** Names of queues and jobs, and what is kept of finished jobs. */
import type { JobsOptions } from 'bullmq';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { WebhookJob } from '../../protocol/internal/jobs.ts';
import { exponentialMs } from '../../support/backoff.ts';

export const queueNames = { timers: 'timers', sweep: 'sweep', webhooks: 'webhooks' } as const;

/** Prefix of the keys of every queue. The braces put them in one cluster slot with all other keys. */
export function queuePrefix(redisPrefix: string): string {
  return `{${redisPrefix}}:jobs`;
}

/**
 * One for each call. BullMQ allows no ':' in it. It names no user: BullMQ writes job names to a stream that outlives
 * the jobs.
 */
export function timerJobId(callId: CallId): string {
  return `look-${callId}`;
}

/** One for each attempt. */
export function webhookJobId({ endpointId, callId, seq, attempt }: WebhookJob): string {
  return `${endpointId}-${callId}-${seq}-${attempt}`;
}

/** Completed jobs are deleted; some failed ones are kept for diagnosis. */
const retention = { removeOnComplete: true, removeOnFail: { count: 200, age: 24 * 3600 } } as const;

/** A timer is retried until Redis and the node can be reached: about three hours with the back-off below. */
export const timerJobOptions = {
  ...retention,
  attempts: 1_000,
  backoff: { type: 'custom' },
} as const satisfies JobsOptions;

/** A failed sweep is not repeated: the next one comes soon. */
export const sweepJobOptions = { ...retention, attempts: 1 } as const satisfies JobsOptions;

/** Nothing is kept: otherwise the next wake-up of the same delivery would count as a duplicate. */
export const webhookJobOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 1_000,
  backoff: { type: 'custom' },
} as const satisfies JobsOptions;

const backoff = { firstMs: 250, longestMs: 10_000 } as const;

export function retryDelayMs(attemptsMade: number): number {
  return exponentialMs(backoff, attemptsMade - 1);
}
