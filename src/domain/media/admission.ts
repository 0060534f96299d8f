/** Who may send and receive media in a call: what the broadcast is made to follow. */
import { joinedOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { DeviceId, UserId } from '../kernel/ids.ts';

export interface Device {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

export interface Admission {
  /** The call's version that this follows from: an older one never overrules a newer. */
  readonly version: number;
  /** Sessions of an earlier one are sent away: their devices join again. */
  readonly leastOwnerTerm: number;
  /** False while it rings: transports are warm, tracks wait paused. */
  readonly flowing: boolean;
  /** Devices whose tracks flow and who receive, once it flows. */
  readonly admitted: readonly Device[];
  /** Of the admitted those for whom nothing flows, by their own wish. */
  readonly onHold: ReadonlySet<UserId>;
  /** Users who may still hold a warm session: whoever else has one is sent away. */
  readonly welcome: ReadonlySet<UserId>;
}

export function admissionOf(call: Call): Admission {
  return {
    version: call.version,
    leastOwnerTerm: call.ownerTerm,
    flowing: call.phase === 'active',
    admitted: joinedOf(call).map(({ userId, deviceId }) => ({ userId, deviceId })),
    onHold: new Set(joinedOf(call).flatMap(({ userId, onHold }) => (onHold === true ? [userId] : []))),
    welcome: new Set(call.participants.filter(({ state }) => state !== 'gone').map(({ userId }) => userId)),
  };
}

/** For a node that hands the call over: those who are there stay until they have moved. */
export function partingAdmissionOf(call: Call): Admission {
  return { ...admissionOf(call), leastOwnerTerm: 0 };
}

/** May this device hold a session? Every device of an invited user may be warm; of a joined one only the one that answered. */
export function mayHoldSession(call: Call, { userId, deviceId }: Device): boolean {
  const participant = call.participants.find((one) => one.userId === userId);
  if (participant === undefined || participant.state === 'gone') return false;
  return participant.state === 'invited' || participant.deviceId === deviceId;
}
