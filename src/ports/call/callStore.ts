import type { Call } from '../../domain/call/call.ts';
import type { RosterDiff } from '../../domain/call/rosterDiff.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, NodeId, UserId } from '../../domain/kernel/ids.ts';
import type { Effect } from '../../domain/call/deadlines.ts';

/**
 * One transition, saved in one atomic step: state, version, events, outbox entry, indexes and announcement. Devices of
 * users who enter receive it and all later ones; for users who left it is the last.
 */
export interface Transition extends RosterDiff {
  /** The new state; `call.version` is one higher than the version that the decision was based on. */
  readonly call: Call;
  readonly events: readonly CallEvent[];
  readonly effects: readonly Effect[];
  /** The owner before this transition; absent if unchanged. It receives the announcement, too. */
  readonly movedFrom?: NodeId;
  /** A user who enters must have fewer live calls than `maxCalls`. */
  readonly bound?: { readonly userId: UserId; readonly maxCalls: number };
}

/**
 * A call, or a part of it, that the store lost and that is put back. Events are not announced again; devices receive
 * the state.
 */
export interface Restoration {
  /** The state to store, with all events of the call. */
  readonly call: Call;
  readonly events: readonly CallEvent[];
  readonly effects: readonly Effect[];
  /** The older state in the store; absent if the call is missing. */
  readonly over: Call | undefined;
}

export const saveAnswers = ['saved', 'stale', 'crossed', 'full'] as const;
/** `unwritable`: the store is full or read-only. Nothing was saved. */
export type SaveAnswer = (typeof saveAnswers)[number] | 'unwritable';

/**
 * The source of truth for calls, each by its id. An ended call stays readable for a configured time; then it and its
 * events are deleted. Every method throws `CallError('unavailable')` if the store cannot be reached.
 */
export interface CallStore {
  load(callId: CallId): Promise<Call | undefined>;
  /**
   * `stale`: another save came first; load and decide again. `crossed`: a new call, whose callee is ringing its caller.
   * `full`: beyond `bound`.
   */
  save(transition: Transition): Promise<SaveAnswer>;
  /**
   * `stale`: the store holds something else than `over`. Events that the older state lacks are delivered to webhooks
   * again, since later ones wait for them; if the call is missing, all were delivered.
   */
  restore(restoration: Restoration): Promise<Exclude<SaveAnswer, 'crossed' | 'full'>>;
  /** Announces a transition that the store cannot take yet. */
  announce(transition: Transition): Promise<void>;
  /** Stored events numbered above `after`, in order: at most `limit`, or all. */
  eventsAfter(callId: CallId, after: number, limit?: number): Promise<readonly CallEvent[]>;
}
