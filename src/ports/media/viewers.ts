import type { CallId, UserId } from '../../domain/kernel/ids.ts';

/** One who watches a call without being in it, on this many devices. */
export interface Watching {
  readonly userId: UserId;
  readonly devices: number;
}

export interface ViewersPage {
  /** After this user, in the order of the ids as text. */
  readonly after?: UserId | undefined;
  readonly limit: number;
}

/** Those who watch a call now, through whichever node. Nothing of it is stored. */
export interface ViewersAnywhere {
  /** Throws `unavailable` when a node does not answer: who watches through it is not known then. */
  list(callId: CallId, page: ViewersPage): Promise<readonly Watching[]>;
}
