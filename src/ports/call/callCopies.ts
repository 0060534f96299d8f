import type { Call } from '../../domain/call/call.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import type { CallChange } from './callFeed.ts';

/** The newest state of a call that this process knows, with all its events. */
export interface CallCopy {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}
export interface HeldCopy extends CallCopy {
  /** When the store last had this, as far as this process knows. */
  readonly storedAt: Instant;
  /** The store, full or read-only, has not taken this yet. It is kept until the store has it. */
  readonly isUnsaved: boolean;
}

/**
 * Copies of calls, to put back what the store loses: calls that this process owns, and for a while those it changed.
 */
export interface CallCopies {
  /** A saved transition. False if earlier ones were missed: the copy then stays older, until it is replaced. */
  learn(change: CallChange): boolean;
  /** A transition that the store could not take. False if earlier ones were missed: then nothing is kept. */
  keepUnsaved(change: CallChange): boolean;
  /** Replaces the copy by what the store has. */
  keep(copy: CallCopy): void;
  /** The call has ended, and the store has deleted it. */
  drop(callId: CallId): void;
  of(callId: CallId): HeldCopy | undefined;
  /** Every copy, unsaved ones included. */
  all(): readonly HeldCopy[];
  /** Copies that the store has not taken yet. */
  unsaved(): readonly HeldCopy[];
}
