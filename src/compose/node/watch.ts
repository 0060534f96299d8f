/** Watches the nodes, from a node or from another process. */
import type { Config } from '../../../config/schema.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallOwners } from '../../commands/cluster/callOwners.ts';
import { NodeWatch } from '../../commands/cluster/watchNodes.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Log } from '../../ports/system/log.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';

export interface WatchDependencies {
  readonly config: Config;
  readonly state: {
    readonly store: CallStore;
    readonly callIndex: CallIndex;
    readonly nodes: NodeDirectory;
    readonly clock: Clock;
  };
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly owners: CallOwners;
  readonly self?: NodeId;
  readonly onDead?: (nodeId: NodeId) => void;
}

export function composeWatch({ config, state, metrics, log, ...own }: WatchDependencies): NodeWatch {
  const { nodeLeaseMs: leaseMs, fullLoadPercent, region } = config;
  return new NodeWatch({
    store: state.store,
    callIndex: state.callIndex,
    nodes: state.nodes,
    clock: state.clock,
    metrics,
    log,
    leaseMs,
    region,
    ...own,
    fullLoad: fullLoadPercent / 100,
    ticks: () => performance.now(),
    random: Math.random,
  });
}

/**
 * Status of this node among the others: whether it takes calls, which node does instead, and which calls are leaving
 * it.
 */
export function composeNodeStatus(dependencies: WatchDependencies & { readonly self: NodeId }) {
  const watch = composeWatch(dependencies);
  const parting = new Set<CallId>();
  let draining = false;
  return {
    watch,
    parting,
    isDraining: () => draining,
    /** No new calls and no new sockets from now on. */
    drain: () => {
      draining = true;
    },
    /** Throws `draining` if this node drains and there is no other. */
    placeCall: (): NodeId | undefined => {
      const to = watch.placeCall(draining ? dependencies.self : undefined);
      if (to === undefined && draining) throw new CallError('draining');
      return to;
    },
  };
}
