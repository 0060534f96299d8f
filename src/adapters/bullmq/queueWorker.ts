/** Runs the jobs of one queue. */
import { DelayedError, UnrecoverableError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { CallError } from '../../domain/kernel/errors.ts';
import { answered } from './answered.ts';
import type { BullmqConnections } from './connections.ts';
import { queuePrefix, retryDelayMs } from './queues.ts';

/** A job as it arrives; `attempt` counts from 1. */
export interface ArrivedJob {
  readonly id: string;
  readonly data: unknown;
  readonly attempt: number;
  /** Puts the job off by so long, with this data, instead of ending it. The last time said counts. */
  again(inMs: number, data: unknown): Promise<void>;
}

export interface QueueWorkerOptions {
  readonly connections: BullmqConnections;
  readonly redisPrefix: string;
  readonly queue: string;
  readonly concurrency: number;
  /** Only what may pass by itself (`unavailable`, `busy`) is tried again. */
  readonly work: (job: ArrivedJob) => Promise<void>;
  /** Told of the faults of the worker itself. */
  readonly onError: (error: unknown) => void;
}

/** A job whose process died is given to another within this and the next look for such jobs. */
const lockMs = 5_000;
const stalledLookMs = 2_000;
/** How soon the worker looks again when Redis failed under it. */
const retryReadMs = 500;
const readyWithinMs = 5_000;

/**
 * A worker forgets for when it waits if Redis fails under it, and then waits as long as it may: this bounds how late a
 * timer is after an outage.
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
          // Put off, it comes again by itself.
          if (!arrived.isPutOff) throw mayPass(error) ? error : unrecoverable(error);
        }
        if (arrived.isPutOff) throw new DelayedError();
      },
      {
        connection: options.connections.shared(),
        prefix: queuePrefix(options.redisPrefix),
        autorun: false,
        concurrency: options.concurrency,
        // No `skipVersionCheck`: an unknown version waits in whole seconds, and timers would be that late.
        lockDuration: lockMs,
        drainDelay: longestWaitSeconds,
        stalledInterval: stalledLookMs,
        // Dying with a job in hand is never the job's fault here: its command is safe to repeat.
        maxStalledCount: 1_000,
        runRetryDelay: retryReadMs,
        settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade) },
      },
    );
    this.#worker.on('error', options.onError);
  }

  /** Throws `unavailable` when Redis cannot be reached now. */
  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    const started = new QueueWorker(options);
    // A worker that runs before its connections were ready once would spin for ever if they then failed.
    await answered(started.#worker.waitUntilReady(), readyWithinMs);
    started.#worker.run().catch(options.onError);
    return started;
  }

  /** Lets the jobs at work finish, within the bound; a job that does not is given to another worker later. */
  async stop(withinMs: number): Promise<void> {
    try {
      await answered(this.#worker.close(), withinMs);
    } catch {
      // Closing can wait for a Redis that is away; whoever owns the connections ends them.
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
    await answered(job.updateData(data));
    if (this.isPutOff) {
      await answered(job.changeDelay(inMs));
      return;
    }
    // BullMQ compares with the clock of whoever promotes the job: by that of this process it is a duration.
    await answered(job.moveToDelayed(Date.now() + inMs, this.#token));
    this.isPutOff = true;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof CallError && (error.kind === 'unavailable' || error.code === 'busy');
}

/** Kept among the failed jobs by its message only: a cause may hold more than people should read. */
function unrecoverable(error: unknown): UnrecoverableError {
  return new UnrecoverableError(error instanceof CallError ? error.code : 'internal');
}
