/** The job scheduler of the sweep. All processes use the same name, so there is only one. */
import { Queue } from 'bullmq';
import { withQueueTimeout } from './queueTimeout.ts';
import type { BullmqConnections } from './connections.ts';
import { queueNames, queuePrefix, sweepJobOptions } from './queues.ts';

export interface SweepScheduleOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
}

export class SweepSchedule {
  readonly #queue: Queue;

  constructor({ connections, redisPrefix }: SweepScheduleOptions) {
    this.#queue = new Queue(queueNames.sweep, {
      connection: connections.shared(),
      prefix: queuePrefix(redisPrefix),
      skipVersionCheck: true,
    });
    this.#queue.on('error', () => undefined);
  }

  /** Creates it again if Redis has lost it. */
  async keep(periodMs: number): Promise<void> {
    const kept = await withQueueTimeout(this.#queue.getJobScheduler(queueNames.sweep));
    if (kept === undefined) await this.every(periodMs);
  }

  /** Creates it, or sets its period. Safe to repeat. */
  async every(periodMs: number): Promise<void> {
    const job = { name: queueNames.sweep, data: {}, opts: sweepJobOptions };
    await withQueueTimeout(this.#queue.upsertJobScheduler(queueNames.sweep, { every: periodMs }, job));
  }
}
