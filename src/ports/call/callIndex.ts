import type { Call } from '../../domain/call/call.ts';
import type { CallId, NodeId, UserId } from '../../domain/kernel/ids.ts';
import type { PageOf } from '../system/paging.ts';

export interface CallsOnNode {
  readonly callIds: readonly CallId[];
  readonly next?: string;
}

/**
 * Finds live calls by user, node and phase. Each save of a call updates it in the same atomic step. Every method throws
 * `CallError('unavailable')` if the store cannot be reached.
 */
export interface CallIndex {
  /** The unanswered call by which one user rings another. */
  ringingBetween(caller: UserId, callee: UserId): Promise<Call | undefined>;
  /** Calls that ring for the user, or that they are in. */
  liveCallsOf(userId: UserId): Promise<readonly Call[]>;
  /** Calls that have not ended, in the order of ids. */
  liveCalls(page: PageOf<CallId>): Promise<{ readonly calls: readonly Call[]; readonly next?: CallId }>;
  /**
   * A page of the live calls whose broadcast the node owns, beginning at `next` of the last page. A call that exists
   * throughout comes at least once, perhaps twice. A page may be empty though another follows.
   */
  callsOn(nodeId: NodeId, from?: string): Promise<CallsOnNode>;
  /** Every node that owns a live call, alive or not. */
  nodesWithCalls(): Promise<readonly NodeId[]>;
  /** Number of live calls in each phase. */
  countByPhase(): Promise<Readonly<Record<'ringing' | 'active', number>>>;
}
