import type { Device } from '../call/admission.ts';
import type { DeviceId, UserId } from '../call/ids.ts';
import type { StopListening } from './callFeed.ts';

/** A device has said hello. A later claim has a higher number, on whichever node it was made. */
export interface SeatClaim {
  readonly deviceId: DeviceId;
  readonly number: number;
}

/** Which connection of a device is the newest, over all nodes. */
export interface DeviceSeats {
  /**
   * Every node that listens for this user hears of it. Answers the number of the claim; undefined when the store takes no
   * writes: then the device may be on two connections until it says hello again.
   */
  claim(device: Device): Promise<number | undefined>;
  /** May miss claims while the store is away. */
  onClaim(userId: UserId, listener: (claim: SeatClaim) => void): Promise<StopListening>;
  /** The number of the newest claim of each device, in their order; undefined when it is not known any more. */
  newest(devices: readonly Device[]): Promise<readonly (number | undefined)[]>;
}
