/** Broadcasts of this node, and of all nodes. All media notifications to clients come from here. */
import type { Admission, Device } from '../../domain/media/admission.ts';
import type { CallId, NodeId, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { SessionEnding, Subscription } from '../../protocol/socket/notifications.ts';
import type { Notification } from '../../protocol/socket/notifications.ts';
import type {
  Direction,
  DtlsParameters,
  IceParameters,
  RtpCapabilities,
  TransportOptions,
} from '../../protocol/shared/media.ts';
import type { RequestParams } from '../../protocol/socket/requests.ts';

export interface JoinRequest {
  readonly callId: CallId;
  readonly sessionId: SessionId;
  readonly device: Device;
  readonly rtpCapabilities: RtpCapabilities;
  /** The owner term stored in the call. */
  readonly ownerTerm: number;
  /** From the ticket. */
  readonly mayPublish: boolean;
  /** Watches without being a participant, while the call is active; others neither see nor hear it. */
  readonly asViewer?: boolean;
  readonly admission: Admission;
}
export interface JoinedMedia {
  readonly routerRtpCapabilities: RtpCapabilities;
  readonly send: TransportOptions;
  readonly receive: TransportOptions;
  readonly subscriptions: readonly Subscription[];
}
export type TrackToPublish = RequestParams<'publish'>['tracks'][number];

/** The owner of a session. */
export interface SessionOwner {
  readonly callId: CallId;
  readonly device: Device;
  /** The owner term in which the session was made. */
  readonly ownerTerm: number;
  readonly asViewer?: boolean;
}

export type SessionNotification = Extract<
  Notification,
  { method: `subscription.${string}` | 'speakers' | 'session.moving' }
>;
export interface BroadcastListener {
  /** Notifies this session's client. */
  notify(sessionId: SessionId, notification: SessionNotification): void;
  /** A session ended by itself (replaced, not admitted any more, its worker died): its client must be notified, too. */
  closed(sessionId: SessionId, owner: SessionOwner, why: SessionEnding): void;
}

export interface Broadcasts {
  /** The same on all nodes and workers. */
  readonly routerRtpCapabilities: RtpCapabilities;
  listen(listener: BroadcastListener): void;
  /** Opens the broadcast if it is not open here. Closes an earlier session of the device in the call as `replaced`. */
  join(request: JoinRequest): Promise<JoinedMedia>;
  ownerOf(sessionId: SessionId): SessionOwner | undefined;
  subscriptionsOf(sessionId: SessionId): readonly Subscription[];
  publish(sessionId: SessionId, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void>;
  connect(sessionId: SessionId, direction: Direction, dtls: DtlsParameters): Promise<void>;
  unpublish(sessionId: SessionId, trackIds: readonly string[]): void;
  pause(sessionId: SessionId, trackId: string, paused: boolean): Promise<void>;
  /** Pauses a user's microphones as if they had done it themselves; they may resume. */
  mute(callId: CallId, userId: UserId): Promise<void>;
  ready(sessionId: SessionId, subscriptionIds: readonly string[]): Promise<void>;
  prefer(request: RequestParams<'prefer'>): Promise<void>;
  restartIce(sessionId: SessionId, direction: Direction): Promise<IceParameters>;
  leave(sessionId: SessionId, why: SessionEnding): void;
  /**
   * Makes media follow the call: admits, pauses and ends sessions. Safe to repeat. Returns the participants' devices
   * with an admitted session.
   */
  follow(callId: CallId, admission: Admission): Promise<readonly Device[]>;
  /** Asks every session of the broadcast to move to the node that has the call now. Each stays until it has moved. */
  tellToMove(callId: CallId): void;
  /** Number of the broadcast's sessions on this node. */
  sessionsIn(callId: CallId): number;
  /** `call_ended` unless the call goes on elsewhere. */
  close(callId: CallId, why?: SessionEnding): void;
  /** Broadcasts that are open here, for the sweep. */
  open(): readonly CallId[];
}

/** Viewers of this node watch a broadcast of another: its media comes once for all of them. */
export interface EdgeViewing {
  /** Undefined if this node has no pipes to others: then the owner serves its viewers itself. */
  joinAtEdge(request: JoinRequest, owner: NodeId): Promise<JoinedMedia> | undefined;
  /** The node is dead: viewers here of its broadcasts must join again, and pipes to it are closed. */
  nodeGone(nodeId: NodeId): void;
}

/** Where a session is, and to which device it must belong. */
export interface SessionClaim {
  readonly callId: CallId;
  readonly sessionId: SessionId;
  readonly device: Device;
  /** The call's owner; not needed for a session that this node knows. */
  readonly nodeId?: NodeId;
}
/** What the call says to a device about its owner. */
export interface OwnerNews {
  readonly callId: CallId;
  readonly device: Device;
  readonly ownerTerm: number;
  /** The call says that the device's session is gone. */
  readonly lost: boolean;
}
export interface SessionListener extends BroadcastListener {
  /** The session is on a socket of another node now. */
  taken(sessionId: SessionId): void;
  /** The node that had the session's socket is dead; the session itself is here. */
  cutOff(sessionId: SessionId): void;
}

/**
 * The broadcasts of all nodes, for clients on this node's sockets. For a session on this node, call the local
 * broadcasts; `mute` and `open` concern only local broadcasts.
 */
export interface BroadcastsAnywhere extends Omit<Broadcasts, 'join' | 'listen' | 'unpublish'> {
  listen(listener: SessionListener): void;
  /** Joins at the node that owns the call. */
  join(request: JoinRequest, nodeId: NodeId): Promise<JoinedMedia>;
  /** From now on this node has the session's socket. Throws `session_not_found` if the session is not the device's. */
  take(claim: SessionClaim): Promise<void>;
  unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void>;
  /** Closes the device's sessions at an earlier owner as `media_lost`, unless that owner still has them. */
  moved(news: OwnerNews): void;
  /** A node is dead: broadcasts that it owned are lost, and its clients are cut off. */
  nodeGone(nodeId: NodeId): void;
}
