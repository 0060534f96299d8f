/** A call that this user watches, as an app sees it. */
import type { CallView } from '../../protocol/shared/calls.ts';
import type { CallConnection, Speakers } from './call.ts';
import type { ConnectionQuality } from '../ice/connectionQuality.ts';
import type { TokenSource } from '../connection/credential.ts';
import type { VeilcastError } from '../support/errors.ts';
import type { Waiting } from '../support/waiting.ts';
import type { RemoteTrack } from '../media/receiving/subscriptions.ts';

/** Why watching is over. */
export type WatchEnding =
  | 'call_ended'
  /** By `leave`. */
  | 'left'
  /** The host or the app sent this user away, or took the ticket back. */
  | 'removed'
  /** Another tab or window watches in this device's place. */
  | 'replaced'
  /** Joining again was given up: the server was away for too long, or the ticket is refused. Also when the client is closed. */
  | 'connection_lost';

export interface WatchEvents {
  /** Any property changed. */
  changed: undefined;
  /** Somebody in the call can be seen or heard; nothing comes before the call is answered. */
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  /** It comes by another node now. Its id and stream are the same, so that an element plays on; `track` is another one. */
  trackReplaced: RemoteTrack;
  speakers: Speakers;
  /** Every two seconds. */
  quality: ConnectionQuality;
  /** Something failed and watching goes on. */
  problem: VeilcastError;
  ended: WatchEnding;
}

/** Watching that is given up while it begins is left. */
export interface WatchOptions extends Waiting {
  /**
   * A ticket with the right to watch and no other, which the app's backend gets for this user
   * (`POST /v1/calls/{callId}/tickets`). Asked for at the start, and with `refused` when the last one is not good any more;
   * may reject with a `VeilcastError` such as `call_ended` where the backend knows better.
   */
  readonly ticket: TokenSource;
}

/** Seen and heard as it is; nobody in it learns of it, no camera or microphone is touched, and nothing can be sent. */
export interface WatchedCall {
  readonly id: CallView['id'];
  readonly connection: CallConnection;
  /** Set once it is over. */
  readonly ending: WatchEnding | undefined;
  readonly remoteTracks: readonly RemoteTrack[];

  on<Name extends keyof WatchEvents>(name: Name, listener: (payload: WatchEvents[Name]) => void): () => void;
  once<Name extends keyof WatchEvents>(name: Name, listener: (payload: WatchEvents[Name]) => void): () => void;

  /** The highest simulcast layer (0 is the smallest picture) that is wanted of a video. */
  preferLayer(trackId: string, spatialLayer: number): Promise<void>;
  leave(): Promise<void>;
}
