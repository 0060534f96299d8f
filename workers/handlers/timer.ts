/** A due timer: parse the job, run one command. */
import { CallError } from '../../src/call/errors.ts';
import type { Timer } from '../../src/call/timers.ts';
import type { CallMetrics } from '../../src/ports/callMetrics.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { timerJob } from '../../src/protocol/jobs.ts';

export interface TimerHandlerOptions {
  readonly fireTimer: (timer: Timer) => Promise<void>;
  readonly clock: Clock;
  readonly metrics: Pick<CallMetrics, 'refused' | 'timerFired'>;
}

export function timerHandler({ fireTimer, clock, metrics }: TimerHandlerOptions) {
  return async ({ data, attempt }: { data: unknown; attempt: number }): Promise<void> => {
    const job = timerJob.safeParse(data);
    if (!job.success) {
      metrics.refused('job', 'invalid_request');
      throw new CallError('invalid_request', { cause: job.error });
    }
    const { timer, dueAt } = job.data;
    // Later attempts are late because of what they wait for, not because of the queue.
    if (attempt === 1) metrics.timerFired(timer.kind, Math.max(0, clock.now() - dueAt));
    try {
      await fireTimer(timer);
    } catch (error) {
      metrics.refused('job', error instanceof CallError ? error.code : 'internal');
      throw error;
    }
  };
}
