/**
 * Which tracks a session is offered. Pure.
 *
 * Tracks of an admitted device are offered to everybody else in the call, also to users it still rings for: they wait
 * paused, so that an answer needs no negotiation. If a user has not answered, admitted devices are offered the paused
 * tracks of one device only, the first that published: more would tell the caller how many devices ring. When another
 * device answers, its tracks are offered and the first device's are withdrawn.
 *
 * A viewer is offered the tracks of admitted devices and is offered to nobody.
 */
import type { Admission, Device } from '../../../domain/media/admission.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { SessionEnding } from '../../../protocol/socket/notifications.ts';

export interface Visibility {
  readonly admission: Admission;
  /** For each user, the device whose tracks are offered until one has answered. */
  readonly representatives: ReadonlyMap<UserId, string>;
}

export function sameDevice(a: Device, b: Device): boolean {
  return a.userId === b.userId && a.deviceId === b.deviceId;
}

export function isAdmitted({ admitted }: Admission, device: Device): boolean {
  return admitted.some((one) => sameDevice(one, device));
}

export function hasAnswered({ admitted }: Admission, userId: UserId): boolean {
  return admitted.some((one) => one.userId === userId);
}

export function mayReceive({ admission, representatives }: Visibility, viewer: Device, publisher: Device): boolean {
  if (viewer.userId === publisher.userId) return false;
  if (isAdmitted(admission, publisher)) return true;
  if (hasAnswered(admission, publisher.userId)) return false;
  return isAdmitted(admission, viewer) && representatives.get(publisher.userId) === publisher.deviceId;
}

/** Device of a session, and the owner term in which it was made. */
export interface Seat {
  readonly device: Device;
  readonly ownerTerm: number;
}

/** Role of a session. */
export interface Role extends Seat {
  readonly asViewer: boolean;
}

/** A viewer is offered only tracks of admitted devices of other users. */
export function isOffered(visibility: Visibility, role: Pick<Role, 'device' | 'asViewer'>, publisher: Device) {
  const { device, asViewer } = role;
  if (!asViewer) return mayReceive(visibility, device, publisher);
  return device.userId !== publisher.userId && isAdmitted(visibility.admission, publisher);
}

export function mayFlow(admission: Admission, { device, asViewer }: Pick<Role, 'device' | 'asViewer'>): boolean {
  const { flowing, onHold } = admission;
  if (asViewer) return flowing;
  return flowing && isAdmitted(admission, device) && !onHold.has(device.userId);
}

/** Why a session must end; undefined when it may stay. */
export function sessionEnding(admission: Admission, role: Role): SessionEnding | undefined {
  if (!role.asViewer) return dismissal(admission, role);
  if (admission.welcome.size === 0) return 'call_ended';
  return role.ownerTerm < admission.leastOwnerTerm ? 'media_lost' : undefined;
}

/** Why a participant's session must end; undefined when it may stay. */
export function dismissal(admission: Admission, { device, ownerTerm }: Seat): SessionEnding | undefined {
  if (!admission.welcome.has(device.userId)) return admission.welcome.size === 0 ? 'call_ended' : 'left';
  if (hasAnswered(admission, device.userId) && !isAdmitted(admission, device)) return 'answered_elsewhere';
  return ownerTerm < admission.leastOwnerTerm ? 'media_lost' : undefined;
}
