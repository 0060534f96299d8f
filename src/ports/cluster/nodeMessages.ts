/** Requests and notices between nodes. New kinds are added to the tables in `protocol/nodeMessages.ts`. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import type {
  NodeNoticeKind,
  NodeNoticeParams,
  NodeRequestKind,
  NodeRequestParams,
  NodeRequestResults,
} from '../../protocol/internal/nodeMessages.ts';

/** Returns the answer, or refuses with a `CallError`; its code reaches the other node. */
export type NodeRequestHandlers = {
  readonly [K in NodeRequestKind]?: (params: NodeRequestParams[K], from: NodeId) => Promise<NodeRequestResults[K]>;
};
export type NodeNoticeHandlers = {
  readonly [K in NodeNoticeKind]?: (params: NodeNoticeParams[K], from: NodeId) => void;
};

/** The other node is alive but does not serve this kind of request: another way may work, a retry will not. */
export class NotServed extends CallError {
  constructor() {
    super('unavailable');
  }
}

export interface NodeMessages {
  /** This node. */
  readonly nodeId: NodeId;
  /**
   * Throws the refusal of the other node, `NotServed` if it does not know the kind, or `unavailable` if it does not
   * answer in time: then the request may have been carried out. `withinMs`: a shorter wait for this kind.
   */
  request<K extends NodeRequestKind>(
    to: NodeId,
    kind: K,
    params: NodeRequestParams[K],
    withinMs?: number,
  ): Promise<NodeRequestResults[K]>;
  /** Throws `unavailable` if it could not be sent; success does not mean that it arrived. */
  tell<K extends NodeNoticeKind>(to: NodeId, kind: K, params: NodeNoticeParams[K]): Promise<void>;
  /**
   * May be called several times, each for other kinds. Notices and answers of one node are handled in the order they
   * were sent.
   */
  serve(handlers: { readonly requests?: NodeRequestHandlers; readonly notices?: NodeNoticeHandlers }): void;
  /** Earlier messages may have been lost: whatever depends on them must be requested again. */
  onGap(listener: () => void): void;
  /** The node is dead: its pending requests fail. */
  giveUp(nodeId: NodeId): void;
}
