/** The lifecycle workers as a separate process, with health and metrics of its own. */
import { randomBytes } from 'node:crypto';
import { keysIn } from '../../../config/apiKeys.ts';
import { trustsThisMachine } from '../../../config/loopback.ts';
import type { Config } from '../../../config/schema.ts';
import { PrometheusMetrics } from '../../adapters/prometheus/prometheusMetrics.ts';
import { RedisNodeChannel } from '../../adapters/redis/cluster/redisNodeChannel.ts';
import { Subscriptions } from '../../adapters/redis/connection/subscriptions.ts';
import { ChannelMessages } from '../../adapters/routing/channelMessages.ts';
import { randomIds } from '../../adapters/system/randomIds.ts';
import { looksPerLease } from '../../domain/cluster/heartbeats.ts';
import { CallOwners } from '../../commands/cluster/callOwners.ts';
import { ApiKeys } from '../../edge/apiKeys.ts';
import { ConnectionFaults } from '../../edge/connectionFaults.ts';
import { createAdminApp } from '../../edge/admin/adminApp.ts';
import { Readiness } from '../../observability/health.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import { composeLifecycle } from './lifecycle.ts';
import { adminLimits, listen } from '../process/listening.ts';
import type { LiveConfig } from '../process/liveConfig.ts';
import { recurring } from '../process/recurring.ts';
import { reloaded } from '../process/reloading.ts';
import { storeChecks } from '../store/storeChecks.ts';
import { startPatiently, undone } from '../process/starting.ts';
import type { Undo } from '../process/starting.ts';
import { composeState } from '../store/stores.ts';
import type { State } from '../store/stores.ts';
import { composeWatch } from '../node/watch.ts';

/** Rejects with `ConfigError` if Redis stays unreachable, and with the reason if the port is taken. */
export function startLifecycleProcess(
  live: LiveConfig,
  log: Log & OperatorLog,
  stopping?: AbortSignal,
): Promise<{ stop(): Promise<void> }> {
  return startPatiently((undo) => started({ live, log, undo, stopping }), { log, stopping });
}

interface Starting {
  readonly live: LiveConfig;
  readonly log: Log & OperatorLog;
  readonly undo: Undo;
  readonly stopping: AbortSignal | undefined;
}

async function started({ live, log, undo, stopping }: Starting): Promise<{ stop(): Promise<void> }> {
  const { config } = live;
  const state = await composeState(config, log, stopping);
  undo.push(() => state.stop());
  const metrics = new PrometheusMetrics({
    countByPhase: () => state.callIndex.countByPhase(),
    queueDepth: () => state.schedule.depth(),
  });
  state.unknownValues.countWith(metrics);
  const reader = `lifecycle_${randomBytes(8).toString('hex')}`;
  const messages = await openMessages({ config, state, metrics, log, undo });
  const owners = new CallOwners({ messages, clock: state.clock });
  const watch = composeWatch({
    config,
    state,
    metrics,
    log,
    owners,
    onDead: (nodeId) => {
      messages.giveUp(nodeId);
    },
  });
  let areWorking = false;
  const workers = () => (areWorking ? Promise.resolve() : Promise.reject(new Error('the workers have not started')));
  const readiness = new Readiness({ checks: { ...storeChecks(state), workers } });
  let draining = false;
  await openAdminPort({ live, state, metrics, log, undo, readiness, isDraining: () => draining });
  const lifecycle = await composeLifecycle({ config, state, metrics, log, watch, owners, reader });
  undo.push(() => lifecycle.stop());
  areWorking = true;
  const watching = recurring(
    async () => {
      // If the store takes no writes, a beat cannot be renewed: a missing one proves nothing.
      if (state.condition.isWritable) await watch.look();
    },
    { everyMs: config.nodeLeaseMs / looksPerLease, what: 'checking the nodes', log },
  );
  undo.push(() => {
    watching.stop();
  });
  log.info('the lifecycle workers serve', { port: config.workersAdminPort });
  return {
    stop: async () => {
      draining = true;
      await undone(undo, log);
    },
  };
}

interface AdminDependencies extends Pick<Starting, 'live' | 'log' | 'undo'> {
  readonly state: State;
  readonly metrics: PrometheusMetrics;
  readonly readiness: Readiness;
  readonly isDraining: () => boolean;
}

async function openAdminPort({
  live,
  state,
  metrics,
  log,
  undo,
  readiness,
  isDraining,
}: AdminDependencies): Promise<void> {
  const { config } = live;
  const apiKeys = new ApiKeys(keysIn(config), state.clock);
  undo.push(live.beforeReload((next) => state.changeSecrets(next)));
  undo.push(
    live.onReload((next) => {
      apiKeys.replace(keysIn(next));
    }),
  );
  const admin = createAdminApp({
    failing: () => readiness.failing(),
    isDraining,
    reload: () => reloaded(live),
    metrics,
    access: { apiKeys, trustsThisMachine: trustsThisMachine(config) },
    log,
  });
  const listening = await listen(admin, {
    host: config.adminHost,
    port: config.workersAdminPort,
    setting: 'workersAdminPort',
    limits: adminLimits(config),
    faults: new ConnectionFaults({ edge: 'admin', metrics, log }),
  });
  undo.push(() => listening.stop());
}

interface MessageDependencies extends Pick<Starting, 'log' | 'undo'> {
  readonly config: Config;
  readonly state: State;
  readonly metrics: PrometheusMetrics;
}

/** For this process's requests to nodes. The id is only an address for their answers: no such node is listed. */
async function openMessages({ config, state, metrics, log, undo }: MessageDependencies): Promise<ChannelMessages> {
  const { connection, keys } = state;
  const subscriptions = await Subscriptions.create({ connection, keys });
  undo.push(() => subscriptions.close());
  const channel = await RedisNodeChannel.create({ connection, subscriptions, keys, nodeId: randomIds.nodeId() });
  return new ChannelMessages({
    channel,
    answerWithinMs: config.mediaRequestTimeoutMs,
    onBroken: (error) => {
      metrics.refused('nodes', 'internal');
      log.warn('failed to read a message of a node', { error });
    },
  });
}
