/** The lifecycle workers as a process of their own, with their own health and metrics. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import { PrometheusMetrics } from '../adapters/prometheus/prometheusMetrics.ts';
import { looksPerLease } from '../call/heartbeats.ts';
import { createAdminApp } from '../edge/admin/adminApp.ts';
import { Readiness } from '../observability/health.ts';
import type { Log } from '../ports/log.ts';
import { composeLifecycle } from './lifecycle.ts';
import { listen } from './listening.ts';
import { recurring } from './recurring.ts';
import { composeState } from './state.ts';
import { composeWatch } from './watch.ts';

export async function startLifecycleProcess(config: Config, log: Log): Promise<{ stop(): Promise<void> }> {
  const state = await composeState(config, log);
  const metrics = new PrometheusMetrics({
    countByPhase: () => state.store.countByPhase(),
    queueDepth: () => state.schedule.depth(),
  });
  const reader = `lifecycle_${randomBytes(8).toString('hex')}`;
  const watch = composeWatch({ config, state, metrics, log });
  const watching = recurring(
    async () => {
      await watch.look();
    },
    { everyMs: config.nodeLeaseMs / looksPerLease, what: 'looking at the nodes', log },
  );
  const lifecycle = await composeLifecycle({ config, state, metrics, log, watch, reader });
  const checks = { redis: () => state.connection.run((client) => client.ping()) };
  const readiness = new Readiness({ checks });
  let draining = false;
  const admin = createAdminApp({
    failing: () => readiness.failing(),
    isDraining: () => draining,
    ...{ metrics, log },
  });
  const listening = await listen(admin, { host: config.adminHost, port: config.adminPort, setting: 'adminPort' });
  log.info('the lifecycle workers serve', { port: config.adminPort });
  return {
    stop: async () => {
      draining = true;
      watching.stop();
      await lifecycle.stop();
      await listening.stop();
      await state.stop();
    },
  };
}
