import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';

export const renewals = ['renewed', 'fenced'] as const;
export type Renewal = (typeof renewals)[number];

/**
 * The status of every node, for all to read. Contains no address of any person. Every method throws
 * `CallError('unavailable')` if the store cannot be reached.
 */
export interface NodeDirectory {
  /**
   * `fenced`: its entry was missing, though this is not its first beat: it was taken for dead, and other nodes may own
   * its calls by now. The entry is written again.
   */
  renew(status: NodeStatus): Promise<Renewal>;
  /**
   * Renews an entry only if it still exists, and returns whether it does: a node that was taken for dead must learn
   * that from `renew`.
   */
  renewIfKnown(status: NodeStatus): Promise<boolean>;
  /** In one round trip. Includes dead nodes until they are forgotten; leaves out unreadable ones. */
  all(): Promise<readonly NodeStatus[]>;
  /** The node has stopped, or was found dead. Safe to repeat. */
  forget(nodeId: NodeId): Promise<void>;
}
