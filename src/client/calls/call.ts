/** One call as an app sees it. */
import type { EndReason } from '../../domain/call/call.ts';
import type { CallView } from '../../protocol/shared/calls.ts';
import type { ConnectionQuality } from '../ice/connectionQuality.ts';
import type { VeilcastError } from '../support/errors.ts';
import type { Waiting } from '../support/waiting.ts';
import type { MediaServerAddress } from '../media/session.ts';
import type { RemoteTrack } from '../media/receiving/subscriptions.ts';

export type CallState = 'ringing' | 'active' | 'ended';

/** Why the call is over for this device. */
export type CallEnding =
  | EndReason
  /** Another device of this user answered. */
  | 'answered_elsewhere'
  /** Another tab or window took this device's place. */
  | 'replaced'
  /** This user declined or left, and the others go on. */
  | 'left'
  /** The host sent this user away. */
  | 'removed';

/** What a person can hear and see: `reconnecting` when nothing comes or goes, or the server has been away for seconds. */
export type CallConnection = 'connecting' | 'connected' | 'reconnecting';

export interface Participant {
  readonly userId: string;
  readonly isSelf: boolean;
  /** The host moderates; when they leave, whoever has been in the call for longest takes over. */
  readonly role: 'host' | 'member';
  readonly state: 'invited' | 'joined' | 'gone';
  /** `lost` while they have time to come back. */
  readonly presence: 'connecting' | 'connected' | 'lost' | undefined;
  readonly onHold: boolean;
  readonly tracks: readonly RemoteTrack[];
}

/** Instants of `performance.now()`, to find out where time goes. */
export interface CallTimings {
  /** The session was joined. */
  readonly joined?: number;
  /** Both transports carry. */
  readonly transportsConnected?: number;
  readonly answerClicked?: number;
  readonly answerAcknowledged?: number;
  /** The camera's first track was there (or the microphone's, without a camera). */
  readonly cameraOpened?: number;
  /** That track was handed to the sender. */
  readonly localTrackSent?: number;
}

export interface Speakers {
  /** Loudest first, in dBov: -127 silent … 0 loudest. */
  readonly levels: readonly { readonly userId: string; readonly dBov: number }[];
  readonly active: string | null;
}

export interface CallEvents {
  /** Any property of the call changed. */
  changed: undefined;
  /** A remote track is there; it may come while the call still rings. */
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  /** It comes by another node now. Its id and stream are the same, so that an element plays on; `track` is another one. */
  trackReplaced: RemoteTrack;
  speakers: Speakers;
  /** The host muted this user's microphone: `setMicrophone(true)` unmutes it. */
  mutedBy: string;
  /** Every two seconds from the answer on. */
  quality: ConnectionQuality;
  /** Something failed and the call goes on, for example the camera cannot be opened. */
  problem: VeilcastError;
  ended: CallEnding;
}

/** What to open at the start, and which. */
export interface AnswerOptions extends Waiting {
  /** Default: true. */
  readonly microphone?: boolean;
  /** Default: true in a video call. */
  readonly camera?: boolean;
  /** Ids of devices; the default ones, where none is named. */
  readonly devices?: { readonly microphone?: string; readonly camera?: string };
}

export interface CallOptions extends AnswerOptions {
  readonly media: 'audio' | 'video';
  /** Everybody's audio at a constant bit rate: whoever sees the packets learns nothing from their sizes. */
  readonly sensitive?: boolean;
}

/**
 * A call of this user. While it rings everything is made ready in the background: transports are connected and remote streams can be
 * attached, yet no camera or microphone opens before {@link Call.answer} and no media flows before it.
 */
export interface Call {
  readonly id: CallView['id'];
  readonly media: 'audio' | 'video';
  readonly direction: 'incoming' | 'outgoing';
  readonly state: CallState;
  /** Set once it has ended. */
  readonly ending: CallEnding | undefined;
  readonly connection: CallConnection;
  readonly createdAt: number;
  readonly answeredAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Whom it came from: who made the call, or invited this user into it. */
  readonly caller: string;
  /** Whether this user may mute and remove others, and end the call for all. */
  readonly isHost: boolean;
  /** This user has put it on hold. */
  readonly onHold: boolean;
  readonly participants: readonly Participant[];
  readonly remoteTracks: readonly RemoteTrack[];
  /** Open and not muted; false while the browser still asks the user. */
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
  readonly screenShared: boolean;
  /** The user's own picture, for a self-view. */
  readonly cameraTrack: MediaStreamTrack | undefined;
  readonly screenTrack: MediaStreamTrack | undefined;
  /** The only addresses that media of this call goes to. */
  readonly mediaServer: readonly MediaServerAddress[];
  readonly timings: CallTimings;

  on<Name extends keyof CallEvents>(name: Name, listener: (payload: CallEvents[Name]) => void): () => void;
  once<Name extends keyof CallEvents>(name: Name, listener: (payload: CallEvents[Name]) => void): () => void;

  /** Resolves when the server has taken the answer; the camera opens meanwhile. One that is given up is left again. */
  answer(options?: AnswerOptions): Promise<void>;
  decline(): Promise<void>;
  /** The caller gives up. */
  cancel(): Promise<void>;
  /** Leaves; media stops at once. */
  leave(): Promise<void>;
  /** Ends the call for everybody; for its host. */
  end(waiting?: Waiting): Promise<void>;
  /** Asks others into the call, also such as have left it. */
  invite(userIds: readonly string[], waiting?: Waiting): Promise<void>;
  /** Shuts this user's devices; media stops in both directions, and the others hear of it. */
  hold(waiting?: Waiting): Promise<void>;
  /** Goes on as it was before. */
  unhold(waiting?: Waiting): Promise<void>;
  /** Pauses another's microphone, who may unmute it again; for the host. */
  mute(userId: string, waiting?: Waiting): Promise<void>;
  /** Sends another away; for the host. */
  remove(userId: string, waiting?: Waiting): Promise<void>;
  /**
   * Sends somebody away who watches, and voids their tickets; for the host. Resolves the same whether they watch or not: who
   * watches only the app can list.
   */
  removeViewer(userId: string, waiting?: Waiting): Promise<void>;
  /** One that is given up while it opens is off. */
  setMicrophone(on: boolean, waiting?: Waiting): Promise<void>;
  setCamera(on: boolean, waiting?: Waiting): Promise<void>;
  /** Takes another device, now or when the kind is next opened. Rejects when it cannot be opened: then the one before goes on. */
  useDevice(kind: 'microphone' | 'camera', deviceId: string, waiting?: Waiting): Promise<void>;
  /** The id of the device that is open, or was last chosen. */
  deviceInUse(kind: 'microphone' | 'camera'): string | undefined;
  /** Rejects with `media_denied` when the user does not choose a screen. One that is chosen after it was given up is not shared. */
  shareScreen(on: boolean, waiting?: Waiting): Promise<void>;
  /** The highest simulcast layer (0 is the smallest picture) that is wanted of a remote video. */
  preferLayer(trackId: string, spatialLayer: number, waiting?: Waiting): Promise<void>;
}
