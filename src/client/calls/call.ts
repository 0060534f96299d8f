/** One call as an app sees it. */
import type { EndReason } from '../../domain/call/call.ts';
import type { CallView } from '../../protocol/shared/calls.ts';
import type { ConnectionQuality } from '../ice/connectionQuality.ts';
import type { VeilcastError } from '../support/errors.ts';
import type { Waiting } from '../support/abortable.ts';
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
  /** This user declined or left, and the others continue. */
  | 'left'
  /** The host removed this user. */
  | 'removed';

/**
 * The state of media as a person notices it. `reconnecting`: no media flows, or the server has been unreachable for
 * more than 3 s.
 */
export type CallConnection = 'connecting' | 'connected' | 'reconnecting';

/** A user in the call, as of the last change. */
export interface Participant {
  readonly userId: string;
  readonly isSelf: boolean;
  /** The host moderates. When the host leaves, the participant who has been in the call longest becomes the host. */
  readonly role: 'host' | 'member';
  /** `invited`: it rings for them. `joined`: they answered. `gone`: they left, declined, missed it or were removed. */
  readonly state: 'invited' | 'joined' | 'gone';
  /**
   * Of a joined participant. `lost`: disconnected, with time left to come back (8 s unless the server says otherwise).
   */
  readonly presence: 'connecting' | 'connected' | 'lost' | undefined;
  /** They put the call on hold: no media flows to or from them. */
  readonly onHold: boolean;
  /** Their tracks that this device receives; empty for this user. */
  readonly tracks: readonly RemoteTrack[];
}

/** Times in milliseconds, as `performance.now()` gives them, to find out where time is spent. */
export interface CallTimings {
  /** The media session was joined. */
  readonly joined?: number;
  /** Both transports were connected. */
  readonly transportsConnected?: number;
  readonly answerClicked?: number;
  readonly answerAcknowledged?: number;
  /** The camera's first track was opened, or the microphone's in a call without a camera. */
  readonly cameraOpened?: number;
  /** That track was given to the RTP sender. */
  readonly localTrackSent?: number;
}

/** Who speaks. */
export interface Speakers {
  /** Loudest first. `dBov` is the level below overload, from -127 (silence) to 0 (RFC 6464). */
  readonly levels: readonly { readonly userId: string; readonly dBov: number }[];
  /** User id of the main speaker; null if nobody speaks. */
  readonly active: string | null;
}

export interface CallEvents {
  /** Any property of the call changed. */
  changed: undefined;
  /** A remote track is available, perhaps while the call still rings. */
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  /**
   * The track now comes from another node. Its `id` and `stream` stay the same, so an element plays on; `track` is a
   * new `MediaStreamTrack`.
   */
  trackReplaced: RemoteTrack;
  speakers: Speakers;
  /**
   * The host muted this user's microphone. The payload is the host's user id, or empty if unknown.
   * `setMicrophone(true)` unmutes.
   */
  mutedBy: string;
  /** Every two seconds once the call is answered. */
  quality: ConnectionQuality;
  /** Something failed and the call continues, for example the camera cannot be opened. */
  problem: VeilcastError;
  /** The call has ended for this device. Only `changed` follows. */
  ended: CallEnding;
}

export const callEvents = {
  changed: true,
  track: true,
  trackRemoved: true,
  trackReplaced: true,
  speakers: true,
  mutedBy: true,
  quality: true,
  problem: true,
  ended: true,
} as const satisfies Record<keyof CallEvents, true>;

/** Which devices to open at the start. */
export interface AnswerOptions extends Waiting {
  /** Default: true. */
  readonly microphone?: boolean;
  /** Default: true in a video call. */
  readonly camera?: boolean;
  /** Device ids, as `listDevices` returns them. Default: the default devices. */
  readonly devices?: { readonly microphone?: string; readonly camera?: string };
}

export interface CallOptions extends AnswerOptions {
  /** In a `video` call the camera opens by default, on both sides. */
  readonly media: 'audio' | 'video';
  /** Sends everybody's audio at a constant bit rate, so that packet sizes reveal nothing to an observer. */
  readonly sensitive?: boolean;
}

/**
 * A call of this user. While it rings, everything is prepared in the background: transports are connected, and remote
 * streams can be attached. For an incoming call, no camera or microphone opens before {@link Call.answer}. No media
 * flows before the call is answered.
 *
 * Every method rejects with a {@link VeilcastError}. Besides the codes that a method names, each may reject with
 * `disconnected`, `timed_out`, `closed`, `unavailable`, `too_many_requests`, and with `aborted` if it takes a signal.
 */
export interface Call {
  readonly id: CallView['id'];
  readonly media: 'audio' | 'video';
  readonly direction: 'incoming' | 'outgoing';
  readonly state: CallState;
  /** Set once it has ended. */
  readonly ending: CallEnding | undefined;
  readonly connection: CallConnection;
  /** Milliseconds since 1970, by the clock of the server; so is the next. */
  readonly createdAt: number;
  /** Undefined until somebody answers. */
  readonly answeredAt: number | undefined;
  /** By this device's clock if it ended the call for itself. Undefined until the call has ended. */
  readonly endedAt: number | undefined;
  /** The user who made the call, or who invited this user into it. */
  readonly caller: string;
  /** Whether this user may mute and remove others, and end the call for all. */
  readonly isHost: boolean;
  /** This user has put it on hold. */
  readonly onHold: boolean;
  /** All users of the call, this one and those who have gone included. */
  readonly participants: readonly Participant[];
  /** Tracks of the other participants. */
  readonly remoteTracks: readonly RemoteTrack[];
  /** The microphone is open and not muted. False while the browser still asks the user for permission. */
  readonly microphoneOn: boolean;
  /** The camera is open. */
  readonly cameraOn: boolean;
  readonly screenShared: boolean;
  /** The user's own picture, for a self-view. */
  readonly cameraTrack: MediaStreamTrack | undefined;
  /** The user's own screen while it is shared. */
  readonly screenTrack: MediaStreamTrack | undefined;
  /** The only addresses that media of this call goes to. */
  readonly mediaServer: readonly MediaServerAddress[];
  readonly timings: CallTimings;

  /** Calls `listener` at every event of this name, until the returned function is called. */
  on<Name extends keyof CallEvents>(name: Name, listener: (payload: CallEvents[Name]) => void): () => void;
  /** Like `on`, but only for the first event. */
  once<Name extends keyof CallEvents>(name: Name, listener: (payload: CallEvents[Name]) => void): () => void;

  /**
   * Resolves when the server has confirmed the answer; the camera opens meanwhile. If it is aborted, the call is left.
   * Rejects with `answered_elsewhere` if another device was faster, with `not_ringing`, `call_ended`, `aborted`, …
   */
  answer(options?: AnswerOptions): Promise<void>;
  /**
   * Declines the call on all devices of this user. Like `cancel` and `leave`, it takes effect here at once, and is
   * repeated until the server has confirmed it.
   */
  decline(): Promise<void>;
  /** Cancels a call that nobody has answered; for its caller. If somebody answers at that moment, leaves it instead. */
  cancel(): Promise<void>;
  /** Leaves the call. Media stops at once. */
  leave(): Promise<void>;
  /** Ends the call for everybody. Host only: rejects with `not_allowed` for others. */
  end(waiting?: Waiting): Promise<void>;
  /**
   * Invites others into the call, including users who have left it. Rejects with `call_full`, `not_callable`,
   * `calling_off`, `not_joined`, …
   */
  invite(userIds: readonly string[], waiting?: Waiting): Promise<void>;
  /**
   * Closes this user's devices. Media stops in both directions, and the others see that this user is on hold. Rejects
   * with `not_joined` unless this user is in the call.
   */
  hold(waiting?: Waiting): Promise<void>;
  /** Opens the devices again that were on before the hold. */
  unhold(waiting?: Waiting): Promise<void>;
  /**
   * Mutes the microphone of another participant, who may unmute it again. Host only: rejects with `not_allowed` for
   * others.
   */
  mute(userId: string, waiting?: Waiting): Promise<void>;
  /** Removes another participant from the call. Host only: rejects with `not_allowed` for others. */
  remove(userId: string, waiting?: Waiting): Promise<void>;
  /**
   * Removes a viewer and revokes their tickets. Host only: rejects with `not_allowed` for others. Resolves whether the
   * user watches or not, since only the app may list viewers.
   */
  removeViewer(userId: string, waiting?: Waiting): Promise<void>;
  /** If it is aborted while the microphone opens, the microphone stays off. */
  setMicrophone(on: boolean, waiting?: Waiting): Promise<void>;
  /** Off closes the camera. Like `setMicrophone`, it reports a device that cannot be opened by the `problem` event. */
  setCamera(on: boolean, waiting?: Waiting): Promise<void>;
  /**
   * Switches to another device, now or when this kind is next opened. If it cannot be opened, this rejects with
   * `media_denied`, `media_missing` or `media_busy`, and the previous device stays in use. If the chosen device is
   * gone, the default one is opened instead.
   */
  useDevice(kind: 'microphone' | 'camera', deviceId: string, waiting?: Waiting): Promise<void>;
  /** The id of the open device, or of the last one chosen. */
  deviceInUse(kind: 'microphone' | 'camera'): string | undefined;
  /**
   * Starts or stops sharing a screen. Rejects with `media_denied` if the user chooses none. A screen chosen after an
   * abort is not shared.
   */
  shareScreen(on: boolean, waiting?: Waiting): Promise<void>;
  /** Sets the highest simulcast layer wanted of a remote video; 0 is the smallest picture. */
  preferLayer(trackId: string, spatialLayer: number, waiting?: Waiting): Promise<void>;
}
