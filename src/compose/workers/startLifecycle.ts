/** The lifecycle workers of one process: due timers, the outbox, webhooks and the sweep. Any number of processes may run them. */
import { BullmqConnections } from '../../adapters/bullmq/connections.ts';
import type { DriverClient } from '../../adapters/bullmq/connections.ts';
import { QueueWorker } from '../../adapters/bullmq/queueWorker.ts';
import { queueNames } from '../../adapters/bullmq/queues.ts';
import { SweepSchedule } from '../../adapters/bullmq/sweepSchedule.ts';
import type { EndedCall } from '../../domain/call/call.ts';
import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import type { CallMetrics, WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { LifecycleSchedule } from '../../ports/call/lifecycleSchedule.ts';
import type { Log } from '../../ports/system/log.ts';
import type { Outbox } from '../../ports/call/outbox.ts';
import { timerHandler } from '../../../workers/handlers/timer.ts';
import { webhookHandler } from '../../../workers/handlers/webhook.ts';
import { OutboxProcessor } from '../../commands/call/outboxProcessor.ts';
import type { OutboxProcessorOptions } from '../../commands/call/outboxProcessor.ts';
import { WebhookDispatcher } from '../../commands/webhooks/webhookDispatcher.ts';
import type { WebhookDispatcherOptions } from '../../commands/webhooks/webhookDispatcher.ts';
import { within } from '../../support/deadline.ts';
import { WorkFaults } from '../../commands/call/workFaults.ts';

export interface LifecycleOptions {
  /** A client of the `redis` package that is not connected yet; called several times. */
  readonly makeClient: () => DriverClient;
  readonly redisPrefix: string;
  readonly outbox: Outbox;
  readonly schedule: LifecycleSchedule;
  readonly calls: Pick<CallStore, 'load'>;
  /** Safe to repeat. */
  readonly keepRecord: (call: EndedCall) => Promise<void>;
  /** Does what is due in a call. Returns when to look again. */
  readonly checkDeadlines: (callId: CallId) => Promise<Instant | undefined>;
  readonly webhooks: OutboxProcessorOptions['webhooks'] &
    Omit<WebhookDispatcherOptions, 'endpoints' | 'clock' | 'metrics' | 'log' | 'holder'>;
  readonly sweep: () => Promise<void>;
  readonly sweepEveryMs: number;
  /** Name of this process among the readers of the outbox; unique among living ones. */
  readonly reader: string;
  /** Maximum stop time. */
  readonly stopWithinMs: number;
  readonly clock: Clock;
  readonly metrics: Pick<CallMetrics, 'refused'> & Pick<WebhookMetrics, 'webhookDied' | 'webhookEndpoints'>;
  readonly log: Log;
  /** For tests of taking over. */
  readonly takeOverMs?: number;
}

export interface Lifecycle {
  /** Safe to repeat. */
  stop(): Promise<void>;
}

const timersAtOnce = 32;
/** Retries wait for no other job. */
const retriesAtOnce = 8;
/** A Redis that lost its data lost the schedule of sweeps too. */
const lookForScheduleMs = 30_000;

/** Throws `unavailable` if Redis cannot be reached now. */
export async function startLifecycle(options: LifecycleOptions): Promise<Lifecycle> {
  const { redisPrefix, log } = options;
  const onError = (error: unknown): void => {
    log.debug('a connection of the queues failed', { error });
  };
  const connections = new BullmqConnections({ makeClient: options.makeClient, onError });
  const sweep = sweeper(options);
  const shared = { connections, redisPrefix, onError };
  const sweepSchedule = new SweepSchedule(shared);
  const { clock, metrics, webhooks, reader } = options;
  const dispatcher = new WebhookDispatcher({
    ...webhooks,
    clock,
    metrics,
    log,
    holder: reader,
    endpoints: { list: webhooks.endpoints },
  });
  const offer = dispatcher.offer.bind(dispatcher);
  const startAll = async () => {
    await sweepSchedule.every(options.sweepEveryMs);
    const work = timerHandler(options);
    const retry = webhookHandler({ offer, metrics });
    return allOrNone([
      QueueWorker.start({ ...shared, queue: queueNames.timers, concurrency: timersAtOnce, work }),
      QueueWorker.start({ ...shared, queue: queueNames.webhooks, concurrency: retriesAtOnce, work: retry }),
      QueueWorker.start({ ...shared, queue: queueNames.sweep, concurrency: 1, work: sweep }),
    ]);
  };
  const workers = await startAll().catch((error: unknown) => {
    connections.destroy();
    throw error;
  });
  const processor = new OutboxProcessor({ ...options, offer });
  processor.start();
  dispatcher.start();
  // Faults from before this start are found now, not a period later.
  const firstSweep = sweep();
  const keeping = setInterval(() => {
    sweepSchedule.keep(options.sweepEveryMs).catch(onError);
  }, lookForScheduleMs);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const { stopWithinMs } = options;
    clearInterval(keeping);
    await Promise.all([
      ...workers.map((worker) => worker.stop(stopWithinMs)),
      processor.stop(stopWithinMs),
      dispatcher.stop(stopWithinMs),
      within(stopWithinMs, firstSweep, () => undefined),
    ]);
    connections.destroy();
  };
  return { stop: () => (stopping ??= stop()) };
}

/** If one cannot start, stop those that have. */
async function allOrNone(starting: readonly Promise<QueueWorker>[]): Promise<readonly QueueWorker[]> {
  const started = await Promise.allSettled(starting);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map((worker) => worker.stop(0)));
  throw failed.reason;
}

/** A failed sweep is logged and counted; the next one comes soon. */
function sweeper({ sweep, metrics, log }: Pick<LifecycleOptions, 'sweep' | 'metrics' | 'log'>) {
  const faults = new WorkFaults({ metrics, log });
  return async (): Promise<void> => {
    try {
      await sweep();
    } catch (error) {
      faults.failed('failed to sweep', error);
    }
  };
}
