/** The lifecycle workers over given state, in a separate process or inside a node. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../../config/schema.ts';
import { startLifecycle } from './startLifecycle.ts';
import { RedisOutbox } from '../../adapters/redis/call/redisOutbox.ts';
import type { CallOwners } from '../../commands/cluster/callOwners.ts';
import { checkDeadlines } from '../../commands/call/checkDeadlines.ts';
import { deleteOldRecords, keepRecord } from '../../commands/call/history.ts';
import { sweepUnknownNodes } from '../../commands/call/sweepUnknownNodes.ts';
import type { NodeWatch } from '../../commands/cluster/watchNodes.ts';
import type { CallMetrics, WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import type { State } from '../store/stores.ts';
import { composeWebhooks } from './webhooks.ts';

export interface LifecycleDependencies {
  readonly config: Config;
  readonly state: State;
  readonly metrics: CallMetrics & WebhookMetrics;
  readonly log: Log;
  readonly watch: NodeWatch;
  readonly owners: CallOwners;
  /** Identifies this process among all readers of the outbox. */
  readonly reader: string;
}

export async function composeLifecycle({ config, state, metrics, log, watch, owners, reader }: LifecycleDependencies) {
  const { store, callIndex, nodes, records, schedule, makeClient, connection, keys } = state;
  const context = { store, owners, metrics, clock: state.clock };
  const outbox = await RedisOutbox.create({
    connection,
    keys,
    onBroken: (where, error) => {
      metrics.refused('store', 'internal');
      log.warn(`failed to read an entry of the ${where}`, { error });
    },
  });
  const lifecycle = await startLifecycle({
    makeClient,
    outbox,
    schedule,
    metrics,
    log,
    reader,
    redisPrefix: config.redisPrefix,
    calls: store,
    clock: state.clock,
    keepRecord: (call) => keepRecord({ records }, call),
    webhooks: composeWebhooks({ config, state, metrics, log }),
    checkDeadlines: (callId) => checkDeadlines(context, callId),
    sweep: async () => {
      const secondLook = () => delay(config.nodeLeaseMs);
      const placeCall = () => watch.placeCall();
      const count = await sweepUnknownNodes({ ...context, callIndex, nodes, placeCall, secondLook });
      if (count > 0) log.info('calls without a node were moved to other nodes', { count });
      await deleteOldRecords({ records, clock: state.clock }, config.recordTtlMs);
    },
    sweepEveryMs: config.sweepEveryMs,
    stopWithinMs: config.drainTimeoutMs,
  }).catch(async (error: unknown) => {
    await outbox.close();
    throw error;
  });
  return {
    stop: async () => {
      await lifecycle.stop();
      await outbox.close();
    },
  };
}
