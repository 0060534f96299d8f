/** A look at a call is due: parses the job, looks, and puts the job off until the call's next deadline. */
import { CallError } from '../../src/domain/kernel/errors.ts';
import type { CallId, Instant } from '../../src/domain/kernel/ids.ts';
import { nextDeadline } from '../../src/domain/call/deadlines.ts';
import { timerJobId } from '../../src/adapters/bullmq/queues.ts';
import type { ArrivedJob } from '../../src/adapters/bullmq/queueWorker.ts';
import type { CallMetrics } from '../../src/ports/system/callMetrics.ts';
import type { CallStore } from '../../src/ports/call/callStore.ts';
import type { Clock } from '../../src/ports/system/clock.ts';
import type { LifecycleSchedule } from '../../src/ports/call/lifecycleSchedule.ts';
import { timerJob } from '../../src/protocol/internal/jobs.ts';

export interface TimerHandlerOptions {
  /** Does what is due. Returns when to look again. */
  readonly checkDeadlines: (callId: CallId) => Promise<Instant | undefined>;
  readonly calls: Pick<CallStore, 'load'>;
  readonly schedule: Pick<LifecycleSchedule, 'look'>;
  /** The store's clock: a job that is early by it is put off for the rest. */
  readonly clock: Clock;
  readonly metrics: Pick<CallMetrics, 'refused'>;
}

/** An owner's clock may be a little late: do not ask for the same moment in a tight loop. */
const soonestAgainMs = 20;

export function timerHandler({ checkDeadlines, calls, schedule, clock, metrics }: TimerHandlerOptions) {
  return async (job: ArrivedJob): Promise<void> => {
    const parsed = timerJob.safeParse(job.data);
    if (!parsed.success) {
      metrics.refused('job', 'invalid_request');
      throw new CallError('invalid_request', { cause: parsed.error });
    }
    const { callId } = parsed.data;
    const putOff = async (at: Instant): Promise<void> => {
      await job.again(Math.max(soonestAgainMs, at - clock.now()), { callId, dueAt: at });
    };
    try {
      const next = await checkDeadlines(callId);
      if (next === undefined) return;
      if (job.id !== timerJobId(callId)) {
        // A job from before, when a call had several.
        await schedule.look(callId, next);
        return;
      }
      await putOff(next);
      // A change meanwhile may have wanted an earlier look. It found this job active, and left it alone.
      const now = await calls.load(callId);
      const sooner = now && nextDeadline(now);
      if (sooner !== undefined && sooner < next) await putOff(sooner);
    } catch (error) {
      metrics.refused('job', error instanceof CallError ? error.code : 'internal');
      throw error;
    }
  };
}
