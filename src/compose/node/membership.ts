/** A node's membership: renews its own sign of life, watches other nodes, and notices if it was taken for dead. */
import { looksPerLease } from '../../domain/cluster/heartbeats.ts';
import { startLeaseKeeper } from './leaseKeeper.ts';
import type { Dependencies } from './dependencies.ts';
import { recurring } from '../process/recurring.ts';
import type { Recurring } from '../process/recurring.ts';

/** Rejects with `unavailable` if the first beat cannot be written. */
export async function startMembership(dependencies: Dependencies): Promise<Recurring> {
  const { config, state, watch, loadMeter, nodeId, media, useCases, lease, isDraining, log } = dependencies;
  const keeper = startLeaseKeeper(config, log);
  const beatOnce = async (): Promise<void> => {
    const beat = keeper.nextBeat();
    const { sessions, broadcasts: calls } = media.counts();
    const load = Number(loadMeter.measure().toFixed(3));
    const status = { nodeId, region: config.region, beat, load, calls, sessions, draining: isDraining() };
    const answer = await state.nodes.renew(status);
    lease.renewedAt = performance.now();
    keeper.renewed(status);
    await watch.look();
    if (answer === 'renewed') return;
    log.warn('this node was taken for dead: calls that moved to other nodes are closed here', { nodeId });
    await useCases.reconcile();
  };
  await beatOnce().catch((error: unknown) => {
    keeper.stop();
    throw error;
  });
  const everyMs = config.nodeLeaseMs / looksPerLease;
  const renewing = recurring(beatOnce, { everyMs, what: 'renewing the lease', log });
  return {
    now: () => {
      renewing.now();
    },
    stop: () => {
      renewing.stop();
      keeper.stop();
    },
  };
}
