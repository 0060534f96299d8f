import type { Call } from '../../domain/call/call.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import type { CallChange } from './callFeed.ts';

/** The newest state of a call that this process knows, with all events from the first on. */
export interface CallCopy {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}
export interface HeldCopy extends CallCopy {
  /** When the store last had this, as far as this process knows. */
  readonly storedAt: Instant;
  /** The store has not taken this yet: it was full or read-only. It is kept until the store has it. */
  readonly isUnsaved: boolean;
}

/** What this process knows of calls, to put back what the store loses: those it owns, and for a while those it changed. */
export interface CallCopies {
  /** A saved transition. False when some before it were missed: what is kept stays older then, until it is kept anew. */
  learn(change: CallChange): boolean;
  /** A transition that the store could not take. False when some before it were missed: nothing is kept then. */
  keepUnsaved(change: CallChange): boolean;
  /** The store has this: in place of whatever was kept. */
  keep(copy: CallCopy): void;
  /** The call is over, and the store keeps it no longer. */
  drop(callId: CallId): void;
  of(callId: CallId): HeldCopy | undefined;
  all(): readonly HeldCopy[];
  unsaved(): readonly HeldCopy[];
}
