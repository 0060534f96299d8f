/** Timers of calls as delayed BullMQ jobs: one for each call. */
import { Queue } from 'bullmq';
import type { Job } from 'bullmq';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { LifecycleSchedule } from '../../ports/call/lifecycleSchedule.ts';
import { timerJob } from '../../protocol/internal/jobs.ts';
import type { TimerJob } from '../../protocol/internal/jobs.ts';
import { withQueueTimeout } from './queueTimeout.ts';
import type { BullmqConnections } from './connections.ts';
import { queueNames, queuePrefix, timerJobId, timerJobOptions } from './queues.ts';

export interface BullmqScheduleOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
  /** The store's clock. BullMQ is given durations. */
  readonly clock: Clock;
}

export class BullmqSchedule implements LifecycleSchedule {
  readonly #queue: Queue<TimerJob>;
  readonly #clock: Clock;

  constructor({ connections, redisPrefix, clock }: BullmqScheduleOptions) {
    this.#clock = clock;
    this.#queue = new Queue(queueNames.timers, {
      connection: connections.shared(),
      prefix: queuePrefix(redisPrefix),
      skipVersionCheck: true,
    });
    // Faults of connections are reported once, where they are opened.
    this.#queue.on('error', () => undefined);
  }

  async look(callId: CallId, at: Instant): Promise<void> {
    // Mostly there is a job already. Finding it takes one command, adding one in vain a dozen.
    const job = (await this.#job(callId)) ?? (await this.#added(callId, at));
    if (job === undefined) return;
    if (job.finishedOn !== undefined) {
      // A job that failed for good would block all later ones.
      await withQueueTimeout(job.remove());
      await this.#add(callId, at);
    } else if (dueAtOf(job) > at) await this.#runEarlier(job, at);
  }

  /** An active job is left alone: it finds that the call is over. */
  async rest(callId: CallId): Promise<void> {
    await withQueueTimeout(this.#queue.remove(timerJobId(callId)));
  }

  async depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>> {
    const counts = await withQueueTimeout(this.#queue.getJobCounts('waiting', 'delayed', 'active', 'failed'));
    const { waiting, delayed, active, failed } = counts;
    if (waiting === undefined || delayed === undefined || active === undefined || failed === undefined) {
      throw new CallError('internal');
    }
    return { waiting, delayed, active, failed };
  }

  #job(callId: CallId): Promise<Job<TimerJob> | undefined> {
    return withQueueTimeout(this.#queue.getJob(timerJobId(callId)));
  }

  /** The job as it is stored: if another process has added one meanwhile, adding does nothing. */
  async #added(callId: CallId, at: Instant): Promise<Job<TimerJob> | undefined> {
    await this.#add(callId, at);
    return this.#job(callId);
  }

  async #add(callId: CallId, at: Instant): Promise<void> {
    const options = { ...timerJobOptions, jobId: timerJobId(callId), delay: this.#until(at) };
    await withQueueTimeout(this.#queue.add('look', { callId, dueAt: at }, options));
  }

  /** A job that is no longer delayed is active. It looks at the call again after it was put off. */
  async #runEarlier(job: Job<TimerJob>, at: Instant): Promise<void> {
    const moved = job.changeDelay(this.#until(at)).then(
      () => true,
      (error: unknown) => {
        if (isNotDelayed(error)) return false;
        throw error;
      },
    );
    if (await withQueueTimeout(moved)) await withQueueTimeout(job.updateData({ ...job.data, dueAt: at }));
  }

  #until(at: Instant): number {
    return Math.max(0, at - this.#clock.now());
  }
}

/** If the job has an unknown shape, assume that it is due too late. */
function dueAtOf({ data }: Job<unknown>): Instant {
  const parsed = timerJob.safeParse(data);
  return parsed.success ? parsed.data.dueAt : Number.POSITIVE_INFINITY;
}

/** BullMQ's error codes for "no such job" and "not delayed". */
const notDelayedCodes: readonly unknown[] = [-1, -3];

function isNotDelayed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && notDelayedCodes.includes(error.code);
}
