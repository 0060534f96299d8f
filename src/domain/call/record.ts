/** What is stored of a call that has ended: who, when, how long, why it ended, and nothing else. */
import type { EndedCall, EndReason, LeaveReason, Media } from './call.ts';
import type { CallId, Instant, UserId } from '../kernel/ids.ts';

export interface RecordedParticipant {
  /** Null once the user was erased. */
  readonly userId: UserId | null;
  readonly reason: LeaveReason;
  readonly leftAt: Instant;
  /** Absent if they never joined. */
  readonly talkedMs?: number;
}
export interface CallRecord {
  readonly callId: CallId;
  readonly media: Media;
  readonly startedAt: Instant;
  /** Absent when nobody answered. */
  readonly answeredAt?: Instant;
  readonly endedAt: Instant;
  readonly reason: EndReason;
  /** The caller comes first. */
  readonly participants: readonly RecordedParticipant[];
}

/** The result of a call for one of its participants. */
export const outcomes = ['answered', 'declined', 'missed', 'cancelled', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** A record as one participant may read it. */
export interface HistoryEntry extends Omit<CallRecord, 'participants'> {
  readonly direction: 'outgoing' | 'incoming';
  readonly outcome: Outcome;
  /** How long this participant was in the answered call. */
  readonly durationMs: number;
  /** Null if the user was erased. */
  readonly caller: UserId | null;
  readonly others: readonly (UserId | null)[];
}

/** Participants are in the order of their invitation, the caller first. */
export function recordOf(call: EndedCall): CallRecord {
  const participants = call.participants.flatMap((one): RecordedParticipant[] => {
    // Nobody is left in an ended call.
    if (one.state !== 'gone') return [];
    const { userId, reason, leftAt, talkedMs } = one;
    return [{ userId, reason, leftAt, ...(talkedMs === undefined ? {} : { talkedMs }) }];
  });
  return {
    callId: call.id,
    media: call.media,
    startedAt: call.createdAt,
    endedAt: call.endedAt,
    reason: call.reason,
    ...(call.answeredAt === undefined ? {} : { answeredAt: call.answeredAt }),
    participants,
  };
}

/** Undefined for users who were not in the call. */
export function historyEntry(record: CallRecord, userId: UserId): HistoryEntry | undefined {
  const { participants, ...rest } = record;
  const index = participants.findIndex((one) => one.userId === userId);
  const self = participants[index];
  if (self === undefined) return undefined;
  const outcome = index === 0 ? outcomeOfCaller(record) : outcomeOfCallee(self);
  return {
    ...rest,
    direction: index === 0 ? 'outgoing' : 'incoming',
    outcome,
    durationMs: self.talkedMs ?? 0,
    caller: participants[0]?.userId ?? null,
    others: participants.filter((one) => one !== self).map((one) => one.userId),
  };
}

export function erased(record: CallRecord, userId: UserId): CallRecord {
  return {
    ...record,
    participants: record.participants.map((one) => (one.userId === userId ? { ...one, userId: null } : one)),
  };
}

function outcomeOfCaller({ answeredAt, reason }: CallRecord): Outcome {
  if (answeredAt !== undefined) return 'answered';
  if (reason === 'declined' || reason === 'missed' || reason === 'cancelled') return reason;
  return 'failed';
}

function outcomeOfCallee({ reason, talkedMs }: RecordedParticipant): Outcome {
  if (talkedMs !== undefined) return 'answered';
  return reason === 'declined' ? 'declined' : 'missed';
}
