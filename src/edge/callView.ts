/** A call as one viewer may see it. Every field is named here, so that nothing about a device can leak. */
import type { Call, Participant } from '../domain/call/call.ts';
import { callerOf, participantOf } from '../domain/call/call.ts';
import type { CallEvent } from '../domain/call/events.ts';
import type { DeviceId, UserId } from '../domain/kernel/ids.ts';
import type { CallEventView, CallView, ParticipantView } from '../protocol/shared/calls.ts';

/** The app's backend (no field), a user, or a user on one device. */
export interface Viewer {
  readonly userId?: UserId;
  readonly deviceId?: DeviceId;
}

export function callView(call: Call, viewer: Viewer): CallView {
  return {
    id: call.id,
    media: call.media,
    phase: call.phase,
    visibility: call.visibility,
    ...(call.sensitive === undefined ? {} : { sensitive: call.sensitive }),
    createdAt: call.createdAt,
    ...milestones(call),
    lastEvent: call.lastEvent,
    caller: callerOf(call),
    participants: call.participants.map(participantView),
    ...answeredHere(call, viewer),
  };
}

function milestones(call: Call): Pick<CallView, 'answeredAt' | 'endedAt' | 'reason'> {
  switch (call.phase) {
    case 'ringing':
      return {};
    case 'active':
      return { answeredAt: call.answeredAt };
    case 'ended':
      return {
        ...(call.answeredAt === undefined ? {} : { answeredAt: call.answeredAt }),
        endedAt: call.endedAt,
        reason: call.reason,
      };
  }
}

function participantView(participant: Participant): ParticipantView {
  const { userId, role, state } = participant;
  switch (participant.state) {
    case 'invited':
      return {
        userId,
        role,
        state,
        ...(participant.invitedBy === undefined ? {} : { invitedBy: participant.invitedBy }),
      };
    case 'joined':
      return {
        userId,
        role,
        state,
        presence: participant.presence,
        ...(participant.onHold === true ? { onHold: true } : {}),
      };
    case 'gone':
      return { userId, role, state, reason: participant.reason };
  }
}

/** Compare here, where the device id is known: only the result may leave the server. */
function answeredHere(call: Call, { userId, deviceId }: Viewer): Pick<CallView, 'answeredHere'> {
  if (userId === undefined || deviceId === undefined) return {};
  const participant = participantOf(call, userId);
  return participant?.state === 'joined' ? { answeredHere: participant.deviceId === deviceId } : {};
}

export function eventView(event: CallEvent): CallEventView {
  const { callId, seq, at, type } = event;
  return {
    callId,
    seq,
    at,
    type,
    ...('userId' in event ? { userId: event.userId } : {}),
    ...('by' in event ? { by: event.by } : {}),
    ...('reason' in event ? { reason: event.reason } : {}),
  };
}
