import type { NodeId } from '../../domain/kernel/ids.ts';

/**
 * Text between nodes. Messages from one node to another arrive in order, or are lost: nothing is stored for a node that
 * is away, or during an outage.
 */
export interface NodeChannel {
  /** This node. */
  readonly nodeId: NodeId;
  /** Throws `CallError('unavailable')` if it cannot be sent now. Success does not mean that it arrived. */
  send(to: NodeId, text: string): Promise<void>;
  /** One listener, set before any message may arrive. */
  onText(listener: (text: string) => void): void;
  /** Earlier messages to or from this node may have been lost. */
  onGap(listener: () => void): void;
}
