/** What nodes ask and tell each other. New kinds are added to the tables in `protocol/nodeMessages.ts`. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import type {
  NodeNoticeKind,
  NodeNoticeParams,
  NodeRequestKind,
  NodeRequestParams,
  NodeRequestResults,
} from '../../protocol/internal/nodeMessages.ts';

/** Answers, or refuses by throwing a `CallError`, whose code crosses. */
export type NodeRequestHandlers = {
  readonly [K in NodeRequestKind]?: (params: NodeRequestParams[K], from: NodeId) => Promise<NodeRequestResults[K]>;
};
export type NodeNoticeHandlers = {
  readonly [K in NodeNoticeKind]?: (params: NodeNoticeParams[K], from: NodeId) => void;
};

/** The other node lives and does not serve this kind of request: another way may work, and asking again will not. */
export class NotServed extends CallError {
  constructor() {
    super('unavailable');
  }
}

export interface NodeMessages {
  /** Of this node. */
  readonly nodeId: NodeId;
  /**
   * Throws what the other node refused with, `NotServed` when it knows no such request, or `unavailable` when it does not
   * answer in time: then it may have done what it was asked, or not. `withinMs` when this kind is worth a shorter wait.
   */
  request<K extends NodeRequestKind>(
    to: NodeId,
    kind: K,
    params: NodeRequestParams[K],
    withinMs?: number,
  ): Promise<NodeRequestResults[K]>;
  /** Throws `unavailable` when it could not be said; that it was heard is not known. */
  tell<K extends NodeNoticeKind>(to: NodeId, kind: K, params: NodeNoticeParams[K]): Promise<void>;
  /** Several parts may each serve kinds of their own. Notices and answers of one node are heard in the order they were sent. */
  serve(handlers: { readonly requests?: NodeRequestHandlers; readonly notices?: NodeNoticeHandlers }): void;
  /** Messages may have been lost up to now: what follows from them must be asked for again. */
  onGap(listener: () => void): void;
  /** The node is dead: whoever waits for it waits no longer. */
  giveUp(nodeId: NodeId): void;
}
