import type { Device } from '../../domain/media/admission.ts';
import type { DeviceId, UserId } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../../ports/call/callFeed.ts';
import { maxDevices } from '../../ports/people/deviceSeats.ts';
import type { DeviceSeats, SeatClaim } from '../../ports/people/deviceSeats.ts';

export class MemoryDeviceSeats implements DeviceSeats {
  readonly #newest = new Map<string, number>();
  readonly #listeners = new Map<UserId, Set<(claim: SeatClaim) => void>>();
  readonly #devices = new Map<UserId, Set<DeviceId>>();
  #last = 0;

  claim({ userId, deviceId }: Device): Promise<number | 'full'> {
    const theirs = this.#devices.get(userId) ?? new Set();
    if (!theirs.has(deviceId) && theirs.size >= maxDevices) return Promise.resolve('full');
    this.#devices.set(userId, theirs.add(deviceId));
    const number = (this.#last += 1);
    this.#newest.set(JSON.stringify([userId, deviceId]), number);
    for (const listener of this.#listeners.get(userId) ?? []) listener({ deviceId, number });
    return Promise.resolve(number);
  }

  onClaim(userId: UserId, listener: (claim: SeatClaim) => void): Promise<StopListening> {
    const own = (claim: SeatClaim): void => {
      listener(claim);
    };
    const listeners = this.#listeners.get(userId) ?? new Set();
    this.#listeners.set(userId, listeners.add(own));
    return Promise.resolve(() => {
      listeners.delete(own);
      return Promise.resolve();
    });
  }

  newest(devices: readonly Device[]): Promise<readonly (number | undefined)[]> {
    return Promise.resolve(devices.map(({ userId, deviceId }) => this.#newest.get(JSON.stringify([userId, deviceId]))));
  }
}
