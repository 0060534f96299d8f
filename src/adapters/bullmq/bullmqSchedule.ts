/** Timers of calls as delayed BullMQ jobs. */
import { Queue } from 'bullmq';
import { CallError } from '../../call/errors.ts';
import type { Instant } from '../../call/ids.ts';
import type { Timer } from '../../call/timers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LifecycleSchedule } from '../../ports/lifecycleSchedule.ts';
import type { TimerJob } from '../../protocol/jobs.ts';
import { answered } from './answered.ts';
import type { BullmqConnections } from './connections.ts';
import { queueNames, queuePrefix, timerJobId, timerJobOptions } from './queues.ts';

export interface BullmqScheduleOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
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
    // Connections report their faults once, where they are opened.
    this.#queue.on('error', () => undefined);
  }

  async schedule(timer: Timer, at: Instant): Promise<void> {
    const delay = Math.max(0, at - this.#clock.now());
    const job = { timer, dueAt: at };
    await answered(this.#queue.add(timer.kind, job, { ...timerJobOptions, jobId: timerJobId(timer), delay }));
  }

  /** One that fires at this moment is left alone: the call it belongs to ignores it. */
  async cancel(timer: Timer): Promise<void> {
    await answered(this.#queue.remove(timerJobId(timer)));
  }

  async depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>> {
    const counts = await answered(this.#queue.getJobCounts('waiting', 'delayed', 'active', 'failed'));
    const { waiting, delayed, active, failed } = counts;
    if (waiting === undefined || delayed === undefined || active === undefined || failed === undefined) {
      throw new CallError('internal');
    }
    return { waiting, delayed, active, failed };
  }
}
