/** Sessions of devices: how they begin, whose they are, and how they end. All media notifications come from here. */
import type { Admission, Device } from '../../domain/media/admission.ts';
import type { CallId, NodeId, SessionId } from '../../domain/kernel/ids.ts';
import type { SessionEnding, Subscription } from '../../protocol/socket/notifications.ts';
import type { Notification } from '../../protocol/socket/notifications.ts';
import type { RtpCapabilities, TransportOptions } from '../../protocol/shared/media.ts';

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

/** Sessions that are open. A method about one that is not throws `session_not_found` unless it says otherwise. */
export interface OpenSessions {
  /** The same on all nodes and workers. */
  readonly routerRtpCapabilities: RtpCapabilities;
  /** Undefined if the session is not open. */
  ownerOf(sessionId: SessionId): SessionOwner | undefined;
  /** What its client receives now. */
  subscriptionsOf(sessionId: SessionId): readonly Subscription[];
  /** Ends the session at once, without a notification of its client. Does nothing if it is not open. */
  leave(sessionId: SessionId, why: SessionEnding): void;
}

/** Sessions in broadcasts of this node. */
export interface LocalSessions extends OpenSessions {
  listen(listener: BroadcastListener): void;
  /** Opens the broadcast if it is not open here. Closes an earlier session of the device in the call as `replaced`. */
  join(request: JoinRequest): Promise<JoinedMedia>;
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
export interface OwnerChange {
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

/** Sessions in broadcasts of all nodes, for clients on this node's sockets. */
export interface SessionsAnywhere extends OpenSessions {
  listen(listener: SessionListener): void;
  /** Joins at the node that owns the call. */
  join(request: JoinRequest, nodeId: NodeId): Promise<JoinedMedia>;
  /** From now on this node has the session's socket. Throws `session_not_found` if the session is not the device's. */
  take(claim: SessionClaim): Promise<void>;
  /** Closes the device's sessions at an earlier owner as `media_lost`, unless that owner still has them. */
  moved(change: OwnerChange): void;
  /** A node is dead: broadcasts that it owned are lost, and its clients are cut off. */
  nodeGone(nodeId: NodeId): void;
}
