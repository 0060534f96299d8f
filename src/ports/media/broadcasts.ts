/** Broadcasts: those that live on this node, and those of all nodes. Everything a client hears of media comes from here. */
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
  /** The owner's ownerTerm as the call says it. */
  readonly ownerTerm: number;
  /** From the ticket. */
  readonly mayPublish: boolean;
  /** Watches as no participant, while the call is active; seen and heard by nobody. */
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

/** Who a session belongs to. */
export interface SessionOwner {
  readonly callId: CallId;
  readonly device: Device;
  /** In which the session was made. */
  readonly ownerTerm: number;
  readonly asViewer?: boolean;
}

export type SessionNotification = Extract<
  Notification,
  { method: `subscription.${string}` | 'speakers' | 'session.moving' }
>;
export interface BroadcastListener {
  /** Something that this session's client must hear. */
  notify(sessionId: SessionId, notification: SessionNotification): void;
  /** A session ended from the inside (replaced, sent away, its worker died): its client must hear of it, too. */
  closed(sessionId: SessionId, owner: SessionOwner, why: SessionEnding): void;
}

export interface Broadcasts {
  /** The same on every node and worker. */
  readonly routerRtpCapabilities: RtpCapabilities;
  listen(listener: BroadcastListener): void;
  /** Opens the broadcast when it is not open here. A device's earlier session in the call is closed as `replaced`. */
  join(request: JoinRequest): Promise<JoinedMedia>;
  ownerOf(sessionId: SessionId): SessionOwner | undefined;
  subscriptionsOf(sessionId: SessionId): readonly Subscription[];
  publish(sessionId: SessionId, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void>;
  connect(sessionId: SessionId, direction: Direction, dtls: DtlsParameters): Promise<void>;
  unpublish(sessionId: SessionId, trackIds: readonly string[]): void;
  pause(sessionId: SessionId, trackId: string, paused: boolean): Promise<void>;
  /** Pauses the microphones of a user as if they had done it themselves; they may take the pause away. */
  mute(callId: CallId, userId: UserId): Promise<void>;
  ready(sessionId: SessionId, subscriptionIds: readonly string[]): Promise<void>;
  prefer(request: RequestParams<'prefer'>): Promise<void>;
  restartIce(sessionId: SessionId, direction: Direction): Promise<IceParameters>;
  leave(sessionId: SessionId, why: SessionEnding): void;
  /** Media follows the call: admits, holds back and sends away. Safe to repeat. Answers the participants' devices that hold an admitted session. */
  follow(callId: CallId, admission: Admission): Promise<readonly Device[]>;
  /** Every session of the broadcast is told to move to the node that has the call now. They stay until they have. */
  tellToMove(callId: CallId): void;
  /** How many sessions the broadcast has here. */
  sessionsIn(callId: CallId): number;
  /** `call_ended` unless the call goes on elsewhere. */
  close(callId: CallId, why?: SessionEnding): void;
  /** Broadcasts that are open here, for the sweep. */
  open(): readonly CallId[];
}

/** Viewers of this node watch what lives on another: it comes once for all of them. */
export interface EdgeViewing {
  /** Undefined when this node has no pipes to others: then the owner serves its viewers itself. */
  joinAtEdge(request: JoinRequest, owner: NodeId): Promise<JoinedMedia> | undefined;
  /** It is dead: viewers of what lived there join again, and its own need nothing any more. */
  nodeGone(nodeId: NodeId): void;
}

/** Where a session is, and whose it must be. */
export interface SessionClaim {
  readonly callId: CallId;
  readonly sessionId: SessionId;
  readonly device: Device;
  /** The call's owner; not needed for a session that this node knows. */
  readonly nodeId?: NodeId;
}
/** What a device hears of the owner of its call. */
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
 * For the clients on this node's sockets the broadcasts of all nodes, wherever they live. A session that is here talks
 * past this; `mute` and `open` are about what lives here alone.
 */
export interface BroadcastsAnywhere extends Omit<Broadcasts, 'join' | 'listen' | 'unpublish'> {
  listen(listener: SessionListener): void;
  /** At the node that owns the call. */
  join(request: JoinRequest, nodeId: NodeId): Promise<JoinedMedia>;
  /** From now on the session talks through this node. Throws `session_not_found` when it is not the device's. */
  take(claim: SessionClaim): Promise<void>;
  unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void>;
  /** Closes the device's sessions at an earlier owner, as `media_lost`, unless that owner still keeps them up. */
  moved(news: OwnerNews): void;
  /** A node is dead: what it owned is lost, and its clients are cut off. */
  nodeGone(nodeId: NodeId): void;
}
