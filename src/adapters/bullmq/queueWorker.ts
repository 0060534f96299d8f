/** Runs the jobs of one queue. */
import { DelayedError, UnrecoverableError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { CallError } from '../../domain/kernel/errors.ts';
import { withQueueTimeout } from './queueTimeout.ts';
import type { BullmqConnections } from './connections.ts';
import { queuePrefix, retryDelayMs } from './queues.ts';

/** A job as it arrives; `attempt` counts from 1. */
export interface ArrivedJob {
  readonly id: string;
  readonly data: unknown;
  readonly attempt: number;
  /** Puts the job off by `inMs`, with this data, instead of ending it. If called again, the last call counts. */
  again(inMs: number, data: unknown): Promise<void>;
}

export interface QueueWorkerOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
  readonly queue: string;
  readonly concurrency: number;
  /** Only transient errors (`unavailable`, `busy`) are retried. */
  readonly work: (job: ArrivedJob) => Promise<void>;
  /** Called for faults of the worker itself. */
  readonly onError: (error: unknown) => void;
}

/** If a process dies, another takes its job after this time and the next look for stalled jobs. */
const lockMs = 5_000;
const stalledLookMs = 2_000;
/** How soon the worker reads again after Redis failed. */
const retryReadMs = 500;
const readyWithinMs = 5_000;

/**
 * If Redis fails, a worker forgets when the next job is due, and waits for the maximum. This limits how late a timer is
 * after an outage.
 */
const longestWaitSeconds = 2;

class PromptWorker extends Worker {
  override get maximumBlockTimeout(): number {
    return longestWaitSeconds;
  }
}

export class QueueWorker {
  readonly #worker: Worker;

  private constructor(options: QueueWorkerOptions) {
    this.#worker = new PromptWorker(
      options.queue,
      async (job, token) => {
        const arrived = new PutOff(job, token);
        try {
          await options.work(arrived);
        } catch (error) {
          // A job that was put off comes again by itself.
          if (!arrived.isPutOff) throw mayPass(error) ? error : unrecoverable(error);
        }
        if (arrived.isPutOff) throw new DelayedError();
      },
      {
        connection: options.connections.shared(),
        prefix: queuePrefix(options.redisPrefix),
        autorun: false,
        concurrency: options.concurrency,
        // No `skipVersionCheck`: with an unknown version BullMQ waits in whole seconds, and timers would be late.
        lockDuration: lockMs,
        drainDelay: longestWaitSeconds,
        stalledInterval: stalledLookMs,
        // If a process dies, its job is not at fault: the command is safe to repeat.
        maxStalledCount: 1_000,
        runRetryDelay: retryReadMs,
        settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade) },
      },
    );
    this.#worker.on('error', options.onError);
  }

  /** Throws `unavailable` if Redis cannot be reached now. */
  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    const started = new QueueWorker(options);
    // Wait: a worker that runs before its connections were ready loops for ever if they then fail.
    await withQueueTimeout(started.#worker.waitUntilReady(), readyWithinMs);
    started.#worker.run().catch(options.onError);
    return started;
  }

  /** Waits for active jobs, at most `withinMs`. Another worker later takes those that are left. */
  async stop(withinMs: number): Promise<void> {
    try {
      await withQueueTimeout(this.#worker.close(), withinMs);
    } catch {
      // Closing can wait for a Redis that is away; the owner of the connections closes them.
    }
  }
}

class PutOff implements ArrivedJob {
  readonly #job: Job<unknown>;
  readonly #token: string | undefined;
  isPutOff = false;

  constructor(job: Job<unknown>, token: string | undefined) {
    this.#job = job;
    this.#token = token;
  }

  get id(): string {
    return this.#job.id ?? '';
  }

  get data(): unknown {
    return this.#job.data;
  }

  get attempt(): number {
    return this.#job.attemptsMade + 1;
  }

  async again(inMs: number, data: unknown): Promise<void> {
    const job = this.#job;
    await withQueueTimeout(job.updateData(data));
    if (this.isPutOff) {
      await withQueueTimeout(job.changeDelay(inMs));
      return;
    }
    // BullMQ compares this with the clock of the process that promotes the job. With the clock of this process it is a
    // duration.
    await withQueueTimeout(job.moveToDelayed(Date.now() + inMs, this.#token));
    this.isPutOff = true;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof CallError && (error.kind === 'unavailable' || error.code === 'busy');
}

/** Failed jobs keep only the message: a cause may hold more than people should read. */
function unrecoverable(error: unknown): UnrecoverableError {
  return new UnrecoverableError(error instanceof CallError ? error.code : 'internal');
}
