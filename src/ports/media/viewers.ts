import type { CallId, UserId } from '../../domain/kernel/ids.ts';

/** A viewer of a call, and the number of their devices. */
export interface Watching {
  readonly userId: UserId;
  readonly devices: number;
}

export interface ViewersPage {
  /** After this user, in the order of ids as text. */
  readonly after?: UserId | undefined;
  readonly limit: number;
}

/** The viewers of a call now, on all nodes. Nothing of it is stored. */
export interface ViewersAnywhere {
  /** Throws `unavailable` if a node does not answer: its viewers are then not known. */
  list(callId: CallId, page: ViewersPage): Promise<readonly Watching[]>;
}
