import type { Device } from '../../domain/media/admission.ts';
import type { DeviceId, UserId } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../call/callFeed.ts';

/** A device has said hello. A later claim has a higher number, on whichever node it was made. */
export interface SeatClaim {
  readonly deviceId: DeviceId;
  readonly number: number;
}

/** What a node missed is compared within seconds; a device that said hello longer ago has been heard everywhere. */
export const deviceKnownMs = 3_600_000;
/** Of one user, of all nodes together, that said hello within that time: more than anybody has. */
export const maxDevices = 100;

/** Which connection of a device is the newest, over all nodes. */
export interface DeviceSeats {
  /**
   * Every node that listens for this user hears of it. Answers the number of the claim; `full` for one device too many;
   * undefined when the store takes no writes: then the device may be on two connections until it says hello again.
   */
  claim(device: Device): Promise<number | 'full' | undefined>;
  /** May miss claims while the store is away. */
  onClaim(userId: UserId, listener: (claim: SeatClaim) => void): Promise<StopListening>;
  /** The number of the newest claim of each device, in their order; undefined when it is not known any more. */
  newest(devices: readonly Device[]): Promise<readonly (number | undefined)[]>;
}
