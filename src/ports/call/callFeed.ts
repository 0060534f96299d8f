import type { Call } from '../../domain/call/call.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, NodeId, UserId } from '../../domain/kernel/ids.ts';

/** A saved transition as it is announced. */
export interface CallChange {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}
export type OnCallChange = (change: CallChange) => void;
/** Ends a subscription. Safe to repeat. */
export type StopListening = () => Promise<void>;

/**
 * Announces saved transitions. Some may be missed while the store is away: `onGap` says when to read the store again.
 * Subscribing resolves when all later changes will arrive, and throws `CallError('unavailable')` if the store cannot be
 * reached.
 */
export interface CallFeed {
  /** Calls in which the user is a participant, or was until this change. */
  onUser(userId: UserId, listener: OnCallChange): Promise<StopListening>;
  /** One call, whoever is in it. */
  onCall(callId: CallId, listener: OnCallChange): Promise<StopListening>;
  /** Calls whose broadcast the node owns, or did until this change. */
  onNode(nodeId: NodeId, listener: OnCallChange): Promise<StopListening>;
  /** Changes may have been missed; called once a gap is over. */
  onGap(listener: () => void): void;
}
