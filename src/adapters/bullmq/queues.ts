/** Names of queues and jobs, and what is kept of jobs that are over. */
import type { JobsOptions } from 'bullmq';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { WebhookJob } from '../../protocol/internal/jobs.ts';
import { exponentialMs } from '../../support/backoff.ts';

export const queueNames = { timers: 'timers', sweep: 'sweep', webhooks: 'webhooks' } as const;

/** First part of the keys of every queue; the braces put them in one slot of a cluster with all other keys. */
export function queuePrefix(redisPrefix: string): string {
  return `{${redisPrefix}}:jobs`;
}

/** One for each call. BullMQ allows no ':' in it, and names jobs in a stream that outlives them: it names no user. */
export function timerJobId(callId: CallId): string {
  return `look-${callId}`;
}

/** One for each attempt. */
export function webhookJobId({ endpointId, callId, seq, attempt }: WebhookJob): string {
  return `${endpointId}-${callId}-${seq}-${attempt}`;
}

/** Done jobs leave nothing behind; failed ones are evidence, in bounds. */
const retention = { removeOnComplete: true, removeOnFail: { count: 200, age: 24 * 3600 } } as const;

/** A timer is tried until Redis and the node can be reached: with the back-off below, for about three hours. */
export const timerJobOptions = {
  ...retention,
  attempts: 1_000,
  backoff: { type: 'custom' },
} as const satisfies JobsOptions;

/** A failed sweep is not repeated: the next one is near. */
export const sweepJobOptions = { ...retention, attempts: 1 } as const satisfies JobsOptions;

/** Nothing is kept, or the next that wakes the same delivery would be taken for a repetition. */
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
