/**
 * The call as pure data: a union by phase, where a field exists only in the phases that have it.
 * Live media handles never appear here; they belong to the node that owns the broadcast.
 */
import type { CallId, DeviceId, Instant, NodeId, UserId } from '../kernel/ids.ts';

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
  /** The call version at which this participant last changed; a timer that carries another one is stale. */
  readonly era: number;
  /** How long they have been in the call while it was answered, up to when they last went; absent until they first do. */
  readonly talkedMs?: number;
  /** How often they changed something for everybody since then: too fast is refused. To leave does not begin it anew. */
  readonly pace?: { readonly since: Instant; readonly changes: number };
}
export interface InvitedParticipant extends ParticipantBase {
  readonly state: 'invited';
  /** Who asked them in while the call was on; absent for those whom the caller called. */
  readonly invitedBy?: UserId;
  /** Absent in calls that were stored before it was kept, until the next change. */
  readonly rungSince?: Instant;
}
export interface JoinedParticipant extends ParticipantBase {
  readonly state: 'joined';
  readonly deviceId: DeviceId;
  readonly presence: Presence;
  readonly joinedAt: Instant;
  /** In touch by a session of this earlier ownerTerm, whose node hands the call over; absent once they have moved. */
  readonly movesFrom?: number;
  /** Since when they are out of touch or move; absent while they are here. */
  readonly expectedSince?: Instant;
  /** Neither sends nor receives media for now, by their own wish. */
  readonly onHold?: true;
}
export interface GoneParticipant extends ParticipantBase {
  readonly state: 'gone';
  readonly reason: LeaveReason;
  readonly leftAt: Instant;
}
export type Participant = InvitedParticipant | JoinedParticipant | GoneParticipant;

/** As many as a configuration may allow in one call. */
export const maxInAnyCall = 100;

/** A person talks in one call and may ring in a few more; who has more at once is ringing everybody. */
export const maxLiveCalls = 8;

/** What the call was created with: limits are fixed then, so that a later change of configuration touches no call. */
export interface CallLimits {
  readonly ringTimeoutMs: number;
  readonly reconnectGraceMs: number;
  readonly emptyTimeoutMs: number;
  readonly longestCallMs: number;
  /** How many may be in the call or rung by it at once. */
  readonly mostParticipants: number;
}

interface CallBase {
  readonly id: CallId;
  readonly media: Media;
  /** The node that owns the broadcast. */
  readonly nodeId: NodeId;
  /** One more with every change of owner: what an earlier owner still reports is stale. */
  readonly ownerTerm: number;
  readonly visibility: 'private';
  /** Audio goes at a constant bit rate: packet sizes of speech give words away. */
  readonly sensitive?: true;
  /** One more with every transition; the store saves only over the version that it was decided on. */
  readonly version: number;
  /** Number of the newest event of this call. */
  readonly lastEvent: number;
  readonly createdAt: Instant;
  readonly limits: CallLimits;
  /** In the order in which they were first asked: the caller comes first, whoever hosts now. Nobody is ever taken off. */
  readonly participants: readonly Participant[];
}
export interface RingingCall extends CallBase {
  readonly phase: 'ringing';
}
export interface ActiveCall extends CallBase {
  readonly phase: 'active';
  readonly answeredAt: Instant;
  /** Since when one participant is alone here; absent while there are more. */
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
 * More than two people were ever asked into it. A group outlives each of its members, and who has left may come back; a
 * call of two ends with its first leaver, unless somebody else was invited before.
 */
export function isGroup(call: Call): boolean {
  return call.participants.length > 2;
}

export function callerOf(call: Call): UserId {
  const [caller] = call.participants;
  if (caller === undefined) throw new Error('a call has a caller');
  return caller.userId;
}

/** Who rings whom in a call of two that nobody has answered. */
export function ringingPair(call: Call): { readonly caller: UserId; readonly callee: UserId } | undefined {
  const [caller, callee] = call.participants;
  if (call.phase !== 'ringing' || isGroup(call) || caller === undefined || callee === undefined) return undefined;
  return { caller: caller.userId, callee: callee.userId };
}

/** Who asked the user in, while it rings for them. */
export function ringerOf(call: Call, userId: UserId): UserId | undefined {
  const participant = participantOf(call, userId);
  return participant?.state === 'invited' ? (participant.invitedBy ?? callerOf(call)) : undefined;
}

/** Those in the call and those it rings for. */
export function presentOf(call: Call): readonly (InvitedParticipant | JoinedParticipant)[] {
  return call.participants.filter((participant) => participant.state !== 'gone');
}

/** Their session is not there, or is at an earlier owner: the grace bounds the wait for it. */
export function isExpected({ presence, movesFrom }: JoinedParticipant): boolean {
  return presence !== 'connected' || movesFrom !== undefined;
}

/** Nobody else is in the call or rung by it. */
export function isAlone(call: Call): call is ActiveCall {
  return call.phase === 'active' && presentOf(call).length < 2;
}

/** Who was sent away comes back by invitation alone. */
export function mayRejoin(call: Call, participant: Participant): boolean {
  return call.phase === 'active' && participant.state === 'gone' && participant.reason !== 'removed';
}

export function joinedOf(call: Call): readonly JoinedParticipant[] {
  return call.participants.filter((participant) => participant.state === 'joined');
}

export function invitedOf(call: Call): readonly InvitedParticipant[] {
  return call.participants.filter((participant) => participant.state === 'invited');
}
