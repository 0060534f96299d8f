import type { CallLimits, Media, Participant, RingingCall } from '../call.ts';
import { refused } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { CallId, DeviceId, NodeId, UserId } from '../../kernel/ids.ts';

export interface Create {
  readonly callId: CallId;
  readonly nodeId: NodeId;
  readonly media: Media;
  readonly caller: UserId;
  readonly callerDevice: DeviceId;
  readonly callees: readonly UserId[];
  readonly limits: CallLimits;
  readonly sensitive?: boolean;
}

/** The caller is in from the start, and needs a session before the grace ends. Everybody else rings. */
export function create(command: Create, { now, era }: Moment): Verdict {
  const { callId, nodeId, media, limits, caller, callerDevice, callees } = command;
  if (callees.length + 1 > limits.mostParticipants) return refused('call_full');
  const participants: Participant[] = [
    {
      userId: caller,
      role: 'host',
      era,
      state: 'joined',
      deviceId: callerDevice,
      presence: 'connecting',
      joinedAt: now,
    },
    ...callees.map((userId): Participant => ({ userId, role: 'member', era, state: 'invited' })),
  ];
  const call: RingingCall = {
    id: callId,
    phase: 'ringing',
    visibility: 'private',
    ...(command.sensitive === true ? { sensitive: true } : {}),
    nodeId,
    ownerTerm: 1,
    media,
    limits,
    participants,
    version: era,
    lastEvent: 0,
    createdAt: now,
  };
  return { call, facts: [{ type: 'call.ringing', userId: caller }] };
}
