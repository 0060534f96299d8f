/** A device's session starts, is lost, and comes back within the grace. */
import { participantOf } from '../call.ts';
import type { JoinedParticipant, LiveCall } from '../call.ts';
import { repeated, stale, withParticipant } from '../change.ts';
import type { Change, Moment, Verdict } from '../change.ts';
import type { DeviceId, UserId } from '../../kernel/ids.ts';

export interface SessionReport {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** The owner term in which the session was made. A session of an earlier term says nothing about the call now. */
  readonly ownerTerm: number;
}

/** Sessions of devices that have not answered are warm, not present: they change nothing here. */
export function sessionJoined(call: LiveCall, command: SessionReport, { era }: Moment): Verdict {
  if (command.ownerTerm < call.ownerTerm) return stale;
  const participant = participantOf(call, command.userId);
  if (participant?.state !== 'joined' || participant.deviceId !== command.deviceId) return stale;
  const { movesFrom, ...rest } = participant;
  const wasConnected = participant.presence === 'connected';
  if (wasConnected && movesFrom === undefined) return repeated;
  return {
    call: withParticipant(call, { ...rest, presence: 'connected', era }),
    // A participant who moved was present all the time.
    facts: wasConnected ? [] : [{ type: 'call.connected', userId: participant.userId }],
  };
}

export function sessionLost(call: LiveCall, command: SessionReport, { era }: Moment): Verdict {
  const participant = participantOf(call, command.userId);
  if (participant?.state !== 'joined' || participant.deviceId !== command.deviceId) return stale;
  if (command.ownerTerm < (participant.movesFrom ?? call.ownerTerm)) return stale;
  if (participant.presence !== 'connected') return repeated;
  return outOfTouch(call, participant, era);
}

export function outOfTouch(call: LiveCall, { movesFrom: _, ...rest }: JoinedParticipant, era: number): Change {
  return {
    call: withParticipant(call, { ...rest, presence: 'lost', era }),
    facts: [{ type: 'call.reconnecting', userId: rest.userId }],
  };
}
