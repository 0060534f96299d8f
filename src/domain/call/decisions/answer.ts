/** The ways into a call: answering first, and coming back while others are in it. */
import { mayRejoin, participantOf, presentOf } from '../call.ts';
import type { ActiveCall, JoinedParticipant, LiveCall, Participant } from '../call.ts';
import { lasting, refused, repeated, withParticipant } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { DeviceId, UserId } from '../../kernel/ids.ts';
import { paced } from './changeRateLimit.ts';

export interface Answer {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

/** Comes back, or late, into a running call. */
export type Rejoin = Answer;

/** The first device wins. The same device may repeat it. */
export function answer(call: LiveCall, command: Answer, moment: Moment): Verdict {
  const participant = participantOf(call, command.userId);
  if (participant === undefined) return refused('call_not_found');
  if (participant.state === 'gone') return refused('not_ringing');
  if (participant.state === 'joined') return again(participant, command.deviceId);
  const answered = withParticipant(call, joined(participant, command.deviceId, moment));
  const active: ActiveCall =
    answered.phase === 'active' ? answered : { ...answered, phase: 'active', answeredAt: moment.now };
  return { call: active, facts: [{ type: 'call.answered', userId: command.userId }] };
}

/**
 * With any device, also after declining or missing the call. If the call still rings for them, it is an answer. A
 * participant who leaves and comes back again and again must wait.
 */
export function rejoin(call: LiveCall, command: Rejoin, moment: Moment): Verdict {
  const { userId, deviceId } = command;
  const participant = participantOf(call, userId);
  if (participant === undefined) return refused('call_not_found');
  if (participant.state === 'joined') return again(participant, deviceId);
  if (participant.state === 'invited') return answer(call, command, moment);
  if (!mayRejoin(call, participant)) return refused('not_allowed');
  if (presentOf(call).length >= call.limits.mostParticipants) return refused('call_full');
  const counted = paced(participant, moment.now);
  if (counted === undefined) return refused('too_many_requests');
  const back = withParticipant(call, joined(counted, deviceId, moment));
  return { call: back, facts: [{ type: 'call.rejoined', userId }] };
}

function again(participant: JoinedParticipant, deviceId: DeviceId): Verdict {
  return participant.deviceId === deviceId ? repeated : refused('answered_elsewhere');
}

function joined(before: Participant, deviceId: DeviceId, { now, era }: Moment): JoinedParticipant {
  const { userId, role } = before;
  return {
    userId,
    role,
    era,
    deviceId,
    ...lasting(before),
    state: 'joined',
    // A warm session reports itself; the grace bounds the wait for a missing one.
    presence: 'connecting',
    joinedAt: now,
  };
}
