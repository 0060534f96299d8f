import type { NodeId } from '../../domain/kernel/ids.ts';

/**
 * Text from node to node. What one node sends another arrives in that order, or is lost: a node that is away, or an
 * outage in between, keeps nothing for later.
 */
export interface NodeChannel {
  /** Of this end. */
  readonly nodeId: NodeId;
  /** Throws `CallError('unavailable')` when it cannot be said now. That it was heard is not known. */
  send(to: NodeId, text: string): Promise<void>;
  /** One listener, set before anything is expected. */
  onText(listener: (text: string) => void): void;
  /** Messages to or from this node may have been lost up to now. */
  onGap(listener: () => void): void;
}
