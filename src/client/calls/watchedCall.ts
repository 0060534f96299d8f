/** A call that this user watches, as an app sees it. */
import type { CallView } from '../../protocol/shared/calls.ts';
import type { CallConnection, Speakers } from './call.ts';
import type { ConnectionQuality } from '../ice/connectionQuality.ts';
import type { TokenSource } from '../connection/credential.ts';
import type { VeilcastError } from '../support/errors.ts';
import type { Waiting } from '../support/abortable.ts';
import type { RemoteTrack } from '../media/receiving/subscriptions.ts';

/** Why watching is over. */
export type WatchEnding =
  | 'call_ended'
  /** This device called `leave`. */
  | 'left'
  /** The host or the app removed this viewer, or revoked the ticket. */
  | 'removed'
  /** Another tab or window watches in this device's place. */
  | 'replaced'
  /**
   * Joining again failed: the server was unreachable for too long, or it refuses the ticket. Also if the client is
   * closed.
   */
  | 'connection_lost';

export interface WatchEvents {
  /** Any property changed. */
  changed: undefined;
  /** A remote track is available. No media arrives before the call is answered. */
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  /**
   * The track now comes from another node. Its `id` and `stream` stay the same, so an element plays on; `track` is a
   * new `MediaStreamTrack`.
   */
  trackReplaced: RemoteTrack;
  speakers: Speakers;
  /** Every two seconds. */
  quality: ConnectionQuality;
  /** Something failed and watching continues. */
  problem: VeilcastError;
  /** Watching is over. Only `changed` follows. */
  ended: WatchEnding;
}

export const watchEvents = {
  changed: true,
  track: true,
  trackRemoved: true,
  trackReplaced: true,
  speakers: true,
  quality: true,
  problem: true,
  ended: true,
} as const satisfies Record<keyof WatchEvents, true>;

/** If the signal aborts while watching begins, this device leaves again. */
export interface WatchOptions extends Waiting {
  /**
   * Returns a ticket with the right to watch and no other, which the app's backend gets for this user (`POST
   * /v1/calls/{callId}/tickets`). Called at the start, and with `refused: true` when the last ticket is no longer valid
   * or expires soon. It may reject with a `VeilcastError` such as `call_ended` if the backend knows better.
   */
  readonly ticket: TokenSource;
}

/**
 * A call that this user watches and hears. Participants do not see the viewer, no camera or microphone is touched, and
 * nothing can be sent.
 */
export interface WatchedCall {
  readonly id: CallView['id'];
  /** The state of media, as for a participant. */
  readonly connection: CallConnection;
  /** Set once it is over. */
  readonly ending: WatchEnding | undefined;
  readonly remoteTracks: readonly RemoteTrack[];

  /** Calls `listener` at every event of this name, until the returned function is called. */
  on<Name extends keyof WatchEvents>(name: Name, listener: (payload: WatchEvents[Name]) => void): () => void;
  /** Like `on`, but only for the first event. */
  once<Name extends keyof WatchEvents>(name: Name, listener: (payload: WatchEvents[Name]) => void): () => void;

  /** Sets the highest simulcast layer wanted of a video; 0 is the smallest picture. */
  preferLayer(trackId: string, spatialLayer: number): Promise<void>;
  /** Stops watching. Media stops at once; the call does not learn of it. */
  leave(): Promise<void>;
}
