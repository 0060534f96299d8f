/**
 * The call as pure data: a union by phase, where a field exists only in the phases that have it.
 * Live media handles never appear here; they belong to the node that owns the broadcast.
 */
import type { CallId, DeviceId, Instant, KeyedRequestId, NodeId, UserId } from '../kernel/ids.ts';

export type Media = 'audio' | 'video';
export const phases = ['ringing', 'active', 'ended'] as const;
export type Phase = (typeof phases)[number];

/** Why a call ended: the same word in state, event, webhook, metric and client. */
export const endReasons = [
  'cancelled',
  'declined',
  'missed',
  'hangup',
  'ended_by_host',
  'ended_by_app',
  'connection_lost',
  'empty',
  'too_long',
  'node_lost',
] as const;
export type EndReason = (typeof endReasons)[number];

/** Why one participant is no longer in the call. */
export const leaveReasons = ['declined', 'missed', 'left', 'connection_lost', 'removed', 'call_ended'] as const;
export type LeaveReason = (typeof leaveReasons)[number];

export type Role = 'host' | 'member';

/** `connecting` until the device's session exists, `lost` while the reconnect grace runs. */
export type Presence = 'connecting' | 'connected' | 'lost';

interface ParticipantBase {
  readonly userId: UserId;
  readonly role: Role;
  /** The call version at which this participant last changed. A timer that carries another version is stale. */
  readonly era: number;
  /** Time spent in the answered call, up to the last departure. Absent until the first departure. */
  readonly talkedMs?: number;
  /**
   * How many changes for everybody this participant has made since then; too many are refused. Leaving does not reset
   * it.
   */
  readonly pace?: { readonly since: Instant; readonly changes: number };
}
export interface InvitedParticipant extends ParticipantBase {
  readonly state: 'invited';
  /** The participant who invited this one during the call. Absent for those whom the caller called. */
  readonly invitedBy?: UserId;
  /** Absent in calls stored by a version that did not keep it, until the next change. */
  readonly rungSince?: Instant;
}
export interface JoinedParticipant extends ParticipantBase {
  readonly state: 'joined';
  readonly deviceId: DeviceId;
  readonly presence: Presence;
  readonly joinedAt: Instant;
  /**
   * Connected through a session of this earlier owner term, whose node hands the call over. Absent once the session has
   * moved.
   */
  readonly movesFrom?: number;
  /** Since when the session is lost or moving. Absent while it is here. */
  readonly expectedSince?: Instant;
  /** On hold by the participant's own choice: sends and receives no media. */
  readonly onHold?: true;
}
export interface GoneParticipant extends ParticipantBase {
  readonly state: 'gone';
  readonly reason: LeaveReason;
  readonly leftAt: Instant;
}
export type Participant = InvitedParticipant | JoinedParticipant | GoneParticipant;

/** The largest group that a configuration may allow. */
export const maxInAnyCall = 100;

/** A person talks in one call and may ring in a few more. A user with more live calls is ringing everybody. */
export const maxLiveCalls = 8;

/** A request is repeated within seconds after the death of its node. */
export const rememberedRequests = 16;

/** The limits are fixed when the call is created: a later change of configuration does not touch it. */
export interface CallLimits {
  readonly ringTimeoutMs: number;
  readonly reconnectGraceMs: number;
  readonly emptyTimeoutMs: number;
  readonly longestCallMs: number;
  /** The maximum number of people in the call or rung by it at once. */
  readonly mostParticipants: number;
}

interface CallBase {
  readonly id: CallId;
  readonly media: Media;
  /** The node that owns the broadcast. */
  readonly nodeId: NodeId;
  /** Raised by one with every change of owner. Reports of an earlier owner are stale. */
  readonly ownerTerm: number;
  readonly visibility: 'private';
  /** Audio is sent at a constant bit rate, since the packet sizes of speech reveal words. */
  readonly sensitive?: true;
  /** Raised by one with every transition. The store saves only over the version that the decision was made on. */
  readonly version: number;
  /** Number of the newest event of this call. */
  readonly lastEvent: number;
  readonly createdAt: Instant;
  readonly limits: CallLimits;
  /** The last keyed requests that changed the call, in their order. Repeated after the death of a node, they do nothing. */
  readonly requests?: readonly KeyedRequestId[];
  /**
   * In the order of their first invitation; the caller comes first, whoever hosts now. Nobody is ever removed from the
   * list.
   */
  readonly participants: readonly Participant[];
}
export interface RingingCall extends CallBase {
  readonly phase: 'ringing';
}
export interface ActiveCall extends CallBase {
  readonly phase: 'active';
  readonly answeredAt: Instant;
  /** Since when one participant is alone here. Absent while there are more. */
  readonly aloneAt?: Instant;
}
export interface EndedCall extends CallBase {
  readonly phase: 'ended';
  readonly answeredAt?: Instant;
  readonly endedAt: Instant;
  readonly reason: EndReason;
}
export type LiveCall = RingingCall | ActiveCall;
export type Call = LiveCall | EndedCall;

export function participantOf(call: Call, userId: UserId): Participant | undefined {
  return call.participants.find((participant) => participant.userId === userId);
}

/**
 * Whether more than two people were ever invited. A group outlives each of its members, and members may come back. A
 * call of two ends when one leaves, unless somebody else was invited before.
 */
export function isGroup(call: Call): boolean {
  return call.participants.length > 2;
}

export function callerOf(call: Call): UserId {
  const [caller] = call.participants;
  if (caller === undefined) throw new Error('a call has a caller');
  return caller.userId;
}

/** The caller and the callee of a call of two that is not answered yet. */
export function ringingPair(call: Call): { readonly caller: UserId; readonly callee: UserId } | undefined {
  const [caller, callee] = call.participants;
  if (call.phase !== 'ringing' || isGroup(call) || caller === undefined || callee === undefined) return undefined;
  return { caller: caller.userId, callee: callee.userId };
}

/** The user who invited this one, while it rings for them. */
export function ringerOf(call: Call, userId: UserId): UserId | undefined {
  const participant = participantOf(call, userId);
  return participant?.state === 'invited' ? (participant.invitedBy ?? callerOf(call)) : undefined;
}

/** Everybody in the call or rung by it. */
export function presentOf(call: Call): readonly (InvitedParticipant | JoinedParticipant)[] {
  return call.participants.filter((participant) => participant.state !== 'gone');
}

/** Their session is missing, or belongs to an earlier owner term: the reconnect grace bounds the wait for it. */
export function isExpected({ presence, movesFrom }: JoinedParticipant): boolean {
  return presence !== 'connected' || movesFrom !== undefined;
}

/** Nobody else is in the call or rung by it. */
export function isAlone(call: Call): call is ActiveCall {
  return call.phase === 'active' && presentOf(call).length < 2;
}

/** A removed participant comes back by invitation only. */
export function mayRejoin(call: Call, participant: Participant): boolean {
  return call.phase === 'active' && participant.state === 'gone' && participant.reason !== 'removed';
}

export function joinedOf(call: Call): readonly JoinedParticipant[] {
  return call.participants.filter((participant) => participant.state === 'joined');
}

export function invitedOf(call: Call): readonly InvitedParticipant[] {
  return call.participants.filter((participant) => participant.state === 'invited');
}
