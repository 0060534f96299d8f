import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';
import type { NodeDirectory, Renewal } from '../../ports/cluster/nodeDirectory.ts';

export class MemoryNodeDirectory implements NodeDirectory {
  readonly #statuses = new Map<NodeId, NodeStatus>();

  renew(status: NodeStatus): Promise<Renewal> {
    const isKnown = this.#statuses.has(status.nodeId);
    this.#statuses.set(status.nodeId, { ...status });
    return Promise.resolve(isKnown || status.beat === 1 ? 'renewed' : 'fenced');
  }

  renewIfKnown(status: NodeStatus): Promise<boolean> {
    const isKnown = this.#statuses.has(status.nodeId);
    if (isKnown) this.#statuses.set(status.nodeId, status);
    return Promise.resolve(isKnown);
  }

  all(): Promise<readonly NodeStatus[]> {
    return Promise.resolve([...this.#statuses.values()].map((status) => ({ ...status })));
  }

  forget(nodeId: NodeId): Promise<void> {
    this.#statuses.delete(nodeId);
    return Promise.resolve();
  }
}
