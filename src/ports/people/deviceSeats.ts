import type { Device } from '../../domain/media/admission.ts';
import type { DeviceId, UserId } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../call/callFeed.ts';

/** A device has said hello. A later claim has a higher number, on any node. */
export interface SeatClaim {
  readonly deviceId: DeviceId;
  readonly number: number;
}

/** Nodes compare missed claims within seconds, so every node knows a device that said hello longer ago. */
export const deviceKnownMs = 3_600_000;
/** Limit per user over all nodes, counted within that time: more than anybody has. */
export const maxDevices = 100;

/** The newest connection of each device, over all nodes. */
export interface DeviceSeats {
  /**
   * Announces it to every node that listens for this user. Returns the number of the claim; `full` beyond the limit of
   * devices; undefined if the store takes no writes: then the device may have two connections until it says hello
   * again.
   */
  claim(device: Device): Promise<number | 'full' | undefined>;
  /** Claims may be missed while the store is away. */
  onClaim(userId: UserId, listener: (claim: SeatClaim) => void): Promise<StopListening>;
  /** The number of each device's newest claim, in the order of `devices`; undefined if it is not known any more. */
  newest(devices: readonly Device[]): Promise<readonly (number | undefined)[]>;
}
