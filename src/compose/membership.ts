/** A node among nodes: says again and again that it lives, looks who else does, and finds out when it was taken for dead. */
import { looksPerLease } from '../call/heartbeats.ts';
import type { Parts } from './parts.ts';
import { recurring } from './recurring.ts';
import type { Recurring } from './recurring.ts';

/** Rejects with `unavailable` when the first beat cannot be told. */
export async function startMembership(parts: Parts): Promise<Recurring> {
  const { config, state, watch, loadMeter, nodeId, media, useCases, lease, isDraining, log } = parts;
  let beat = 0;
  const beatOnce = async (): Promise<void> => {
    beat += 1;
    const { sessions, broadcasts: calls } = media.counts();
    const load = Number(loadMeter.measure().toFixed(3));
    const status = { nodeId, region: config.region, beat, load, calls, sessions, draining: isDraining() };
    const answer = await state.nodes.renew(status);
    lease.renewedAt = performance.now();
    await watch.look();
    if (answer === 'renewed') return;
    log.warn('this node was taken for dead; what went to others is closed here', { nodeId });
    await useCases.reconcile();
  };
  await beatOnce();
  return recurring(beatOnce, { everyMs: config.nodeLeaseMs / looksPerLease, what: 'renewing the lease', log });
}
