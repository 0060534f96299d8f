/** Who may send and receive media in a call. The broadcast follows it. */
import { joinedOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import type { DeviceId, UserId } from '../kernel/ids.ts';

export interface Device {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

export interface Admission {
  /** The version of the call that this follows from. An older one never replaces a newer one. */
  readonly version: number;
  /** Sessions of an earlier term are closed: their devices join again. */
  readonly leastOwnerTerm: number;
  /** False while the call rings: transports are warm, tracks wait paused. */
  readonly flowing: boolean;
  /** Devices that send and receive once media flows. */
  readonly admitted: readonly Device[];
  /** Admitted users who are on hold: nothing flows for them. */
  readonly onHold: ReadonlySet<UserId>;
  /** Users who may keep a warm session. The sessions of all others are closed. */
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

/** For a node that hands the call over: sessions stay until they have moved. */
export function partingAdmissionOf(call: Call): Admission {
  return { ...admissionOf(call), leastOwnerTerm: 0 };
}

/**
 * Whether this device may hold a session. Every device of an invited user may be warm; of a joined user only the device
 * that answered.
 */
export function mayHoldSession(call: Call, { userId, deviceId }: Device): boolean {
  const participant = call.participants.find((one) => one.userId === userId);
  if (participant === undefined || participant.state === 'gone') return false;
  return participant.state === 'invited' || participant.deviceId === deviceId;
}
