import type { NodeId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';
import { failOverCalls } from '../cluster/failover.ts';
import type { CommandContext } from './running/runCommand.ts';

export interface SweepContext extends CommandContext {
  readonly callIndex: CallIndex;
  readonly nodes: NodeDirectory;
  readonly placeCall: () => NodeId | undefined;
  /** Resolves after the time in which every living node renews its entry once. */
  readonly secondLook: () => Promise<void>;
}

/**
 * The safety net below the watch: calls of nodes that nobody knows, as after an outage in which the store lost the
 * entries of the nodes. It looks twice, since living nodes renew their entries at once.
 */
export async function sweepUnknownNodes(context: SweepContext): Promise<number> {
  const { callIndex, nodes, placeCall, secondLook } = context;
  const unknown = async (): Promise<readonly NodeId[]> => {
    const [owners, known] = await Promise.all([callIndex.nodesWithCalls(), nodes.all()]);
    return owners.filter((nodeId) => known.every((status) => status.nodeId !== nodeId));
  };
  const suspects = await unknown();
  if (suspects.length === 0) return 0;
  await secondLook();
  let swept = 0;
  for (const from of await unknown()) {
    if (suspects.includes(from))
      swept += (await failOverCalls(context, { from, to: placeCall, handover: false })).moved;
  }
  return swept;
}
