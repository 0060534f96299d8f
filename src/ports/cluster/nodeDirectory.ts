import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';

export const renewals = ['renewed', 'fenced'] as const;
export type Renewal = (typeof renewals)[number];

/** What every node says of itself, for all to see. Holds no address of anybody. */
export interface NodeDirectory {
  /**
   * `fenced`: its entry was gone, though this is not its first beat: it was taken for dead, and its calls may be others' by
   * now. It is in the directory again.
   */
  renew(status: NodeStatus): Promise<Renewal>;
  /** Renews an entry that is still there, and no other: one that was taken for dead must learn it by `renew`. */
  renewIfKnown(status: NodeStatus): Promise<boolean>;
  /** In one round trip. Those that died are among them until they are forgotten. */
  all(): Promise<readonly NodeStatus[]>;
  /** It is gone, or was seen to be dead. Safe to repeat. */
  forget(nodeId: NodeId): Promise<void>;
}
