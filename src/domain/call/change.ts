/** The result of a decision, and the small steps that several decisions share. */
import { invitedOf, isGroup, joinedOf } from './call.ts';
import type {
  ActiveCall,
  Call,
  EndedCall,
  EndReason,
  GoneParticipant,
  LeaveReason,
  LiveCall,
  Participant,
} from './call.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { EventFact } from './events.ts';
import type { Instant } from '../kernel/ids.ts';

/** The new state of the call (version and event numbers still to be set), with its facts. */
export interface Change {
  readonly call: Call;
  readonly facts: readonly EventFact[];
}
export interface Refusal {
  readonly refused: ErrorCode;
}
/** Nothing to do: a repeated command or a late timer. */
export interface Ignored {
  readonly ignored: 'repeated' | 'stale' | 'ended' | 'not_created' | 'created';
}
export type Verdict = Change | Refusal | Ignored;

/** `era` is the version that the call gets if the decision is saved. */
export interface Moment {
  readonly now: Instant;
  readonly era: number;
}

export const refused = (code: ErrorCode): Refusal => ({ refused: code });
export const stale: Ignored = { ignored: 'stale' };
export const repeated: Ignored = { ignored: 'repeated' };

export function withParticipant<C extends Call>(call: C, changed: Participant): C {
  return {
    ...call,
    participants: call.participants.map((one) => (one.userId === changed.userId ? changed : one)),
  };
}

/** What stays known of a participant whether they are rung, in the call or gone. */
export function lasting({ talkedMs, pace }: Participant): Pick<Participant, 'talkedMs' | 'pace'> {
  return { ...(talkedMs === undefined ? {} : { talkedMs }), ...(pace === undefined ? {} : { pace }) };
}

export function withGone<C extends LiveCall>(call: C, one: Participant, reason: LeaveReason, moment: Moment): C {
  return withParticipant(call, gone(call, one, reason, moment));
}

function gone(call: LiveCall, one: Participant, reason: LeaveReason, { now, era }: Moment): GoneParticipant {
  const { userId, role, talkedMs = 0 } = one;
  const left: GoneParticipant = { userId, role, era, ...lasting(one), state: 'gone', reason, leftAt: now };
  if (one.state !== 'joined') return left;
  // The caller is in the call while it rings, but nobody talks until it is answered.
  const from = Math.max(one.joinedAt, call.phase === 'active' ? call.answeredAt : now);
  return { ...left, talkedMs: talkedMs + Math.max(0, now - from) };
}

/** Ends the call for everybody. */
export function ended(call: LiveCall, reason: EndReason, moment: Moment, facts: readonly EventFact[] = []): Change {
  const { id, media, nodeId, ownerTerm, visibility, sensitive, version, lastEvent, createdAt, limits } = call;
  const over: EndedCall = {
    id,
    media,
    nodeId,
    ownerTerm,
    visibility,
    version,
    lastEvent,
    createdAt,
    limits,
    ...(sensitive === undefined ? {} : { sensitive }),
    phase: 'ended',
    ...(call.phase === 'active' ? { answeredAt: call.answeredAt } : {}),
    endedAt: moment.now,
    reason,
    participants: call.participants.map((one) => {
      if (one.state === 'gone') return one;
      return gone(call, one, one.state === 'invited' ? 'missed' : 'call_ended', moment);
    }),
  };
  return { call: over, facts: [...facts, { type: 'call.ended', reason }] };
}

/**
 * After somebody left: does the call continue? A call of two ends. A group waits `emptyTimeoutMs` for company before its
 * last participant is sent home, and always has a host.
 */
export function settled(call: LiveCall, reason: EndReason, moment: Moment, facts: readonly EventFact[]): Change {
  const joined = joinedOf(call).length;
  const invited = invitedOf(call).length;
  if (call.phase === 'ringing') {
    return invited > 0 && joined > 0 ? { call, facts } : ended(call, reason, moment, facts);
  }
  if (joined === 0 || (joined + invited < 2 && !isGroup(call))) return ended(call, reason, moment, facts);
  return withHost(call, facts);
}

/**
 * When the host leaves, the participant who has been in the call longest takes over. Nobody's era changes, so timers go
 * on.
 */
function withHost(call: ActiveCall, facts: readonly EventFact[]): { call: ActiveCall; facts: readonly EventFact[] } {
  const joined = joinedOf(call);
  const [first, ...others] = joined;
  if (first === undefined || joined.some(({ role }) => role === 'host')) return { call, facts };
  const { userId } = others.reduce((oldest, one) => (one.joinedAt < oldest.joinedAt ? one : oldest), first);
  const participants = call.participants.map((one): Participant => ({
    ...one,
    role: one.userId === userId ? 'host' : 'member',
  }));
  return { call: { ...call, participants }, facts: [...facts, { type: 'call.host_changed', userId }] };
}
