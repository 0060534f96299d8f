import type { Call } from '../../domain/call/call.ts';
import type { RosterDiff } from '../../domain/call/rosterDiff.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, NodeId, UserId } from '../../domain/kernel/ids.ts';
import type { PageOf } from '../system/paging.ts';
import type { Effect } from '../../domain/call/timers.ts';

/**
 * One transition, saved in one atomic step: state, version, events, outbox entry, indexes and announcement together.
 * Devices of who enters hear of the call from it on; for those of who is gone it is the last that they hear.
 */
export interface Transition extends RosterDiff {
  /** The new state; `call.version` is one more than the version it was decided on. */
  readonly call: Call;
  readonly events: readonly CallEvent[];
  readonly effects: readonly Effect[];
  /** The node that owned it before this transition; absent when it is the same. That node hears of it, too. */
  readonly movedFrom?: NodeId;
  /** Who enters by it must have fewer live calls than so many. */
  readonly bound?: { readonly userId: UserId; readonly maxCalls: number };
}

/** What the store has lost of a call, put back. Nobody hears of events again; devices hear how the call stands. */
export interface Restoration {
  /** The state to be stored, with all events of the call. */
  readonly call: Call;
  readonly events: readonly CallEvent[];
  readonly effects: readonly Effect[];
  /** The older state that is stored; absent when the call is missing. */
  readonly over: Call | undefined;
}

export interface CallsOnNode {
  readonly callIds: readonly CallId[];
  readonly next?: string;
}

export const saveAnswers = ['saved', 'stale', 'crossed', 'full'] as const;
/** `unwritable`: the store is full or read-only. Nothing was saved. */
export type SaveAnswer = (typeof saveAnswers)[number] | 'unwritable';

/**
 * The truth about calls. An ended call stays readable for a configured while, then it and its events are gone.
 * Every method throws `CallError('unavailable')` when the store cannot be reached.
 */
export interface CallStore {
  load(callId: CallId): Promise<Call | undefined>;
  /** `stale`: somebody else saved first; load and decide again. `crossed`: a new call, whose callee rings its caller. `full`: beyond `bound`. */
  save(transition: Transition): Promise<SaveAnswer>;
  /**
   * `stale`: something else than `over` is stored. Events that the older state lacks are owed to webhooks once more, since
   * those behind them wait for them; of a call that is missing all were told.
   */
  restore(restoration: Restoration): Promise<Exclude<SaveAnswer, 'crossed' | 'full'>>;
  /** Everybody hears of a transition that the store cannot take yet. */
  announce(transition: Transition): Promise<void>;
  /** The call by which one user rings one other, while nobody has answered it. */
  ringingBetween(caller: UserId, callee: UserId): Promise<Call | undefined>;
  /** Calls that ring for the user or that they are in. */
  liveCallsOf(userId: UserId): Promise<readonly Call[]>;
  /** Calls that have not ended, in the order of their ids. */
  liveCalls(page: PageOf<CallId>): Promise<{ readonly calls: readonly Call[]; readonly next?: CallId }>;
  /**
   * A page of the live calls whose broadcast the node owns, from where `next` of the page before says. A call that is there
   * all the while comes at least once; one may come twice, and a page may be empty though another follows.
   */
  callsOn(nodeId: NodeId, from?: string): Promise<CallsOnNode>;
  /** Every node that owns a live call, alive or not. */
  nodesWithCalls(): Promise<readonly NodeId[]>;
  /** Of the events that are kept those numbered above `after`, in order: at most so many, or all. */
  eventsAfter(callId: CallId, after: number, limit?: number): Promise<readonly CallEvent[]>;
  /** How many live calls there are in each phase. */
  countByPhase(): Promise<Readonly<Record<'ringing' | 'active', number>>>;
}
