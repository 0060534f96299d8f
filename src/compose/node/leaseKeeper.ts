/** The event loop's side of the thread that renews the node's lease while the loop is blocked. */
import { Worker } from 'node:worker_threads';
import type { Config } from '../../../config/schema.ts';
import { looksPerLease } from '../../domain/cluster/heartbeats.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';
import type { Log } from '../../ports/system/log.ts';
import { LoopMarks } from '../process/loopMarks.ts';
import { sentinelCredentials } from '../store/openStore.ts';

export interface LeaseKeeper {
  nextBeat(): number;
  /** The status that the thread writes for this node. */
  renewed(status: NodeStatus): void;
  stop(): void;
}

/** The thread holds one status and one connection. */
const heapBounds = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

export function startLeaseKeeper(config: Config, log: Pick<Log, 'warn' | 'error'>): LeaseKeeper {
  const { redisUrl, redisPrefix, nodeLeaseMs: leaseMs } = config;
  const marks = new LoopMarks();
  const everyMs = leaseMs / looksPerLease;
  const thread = new Worker(new URL('./leaseThread.js', import.meta.url), {
    workerData: {
      redisUrl,
      sentinelCredentials: sentinelCredentials(config),
      redisPrefix,
      leaseMs,
      marks: marks.buffer,
    },
    // Without the node's preloaded modules, and without its settings.
    execArgv: [],
    env: {},
    resourceLimits: heapBounds,
  });
  let isStopping = false;
  let renewals = 0;
  thread.on('message', () => {
    renewals += 1;
  });
  thread.on('error', (error) => {
    log.error('the thread that renews the lease of a busy node failed: without it such a node loses its calls', {
      error,
    });
  });
  thread.unref();
  const turning = setInterval(() => {
    marks.turned();
    if (renewals === 0 || isStopping) return;
    log.warn('the event loop stalled: the lease was renewed meanwhile', { count: renewals });
    renewals = 0;
  }, everyMs);
  return {
    nextBeat: () => marks.nextBeat(),
    renewed: (status) => {
      thread.postMessage(status);
    },
    stop: () => {
      isStopping = true;
      clearInterval(turning);
      // The thread closes its own connection to Redis.
      thread.postMessage('stop');
    },
  };
}
