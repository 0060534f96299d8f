import type { Admission, Device } from '../../domain/media/admission.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import type { SessionEnding } from '../../protocol/socket/notifications.ts';

/** The broadcasts of calls: `mute`, `tellToMove`, `sessionsIn` and `open` concern only those of this node. */
export interface CallBroadcasts {
  /**
   * Makes media follow the call: admits, pauses and ends sessions. Safe to repeat. Returns the participants' devices
   * with an admitted session.
   */
  follow(callId: CallId, admission: Admission): Promise<readonly Device[]>;
  /** `call_ended` unless the call continues elsewhere. */
  close(callId: CallId, why?: SessionEnding): void;
  /** Pauses a user's microphones as if they had done it themselves; they may resume. */
  mute(callId: CallId, userId: UserId): Promise<void>;
  /** Asks every session of the broadcast to move to the node that has the call now. Each stays until it has moved. */
  tellToMove(callId: CallId): void;
  /** Number of the broadcast's sessions on this node. */
  sessionsIn(callId: CallId): number;
  /** Broadcasts that are open here, for the sweep. */
  open(): readonly CallId[];
}
