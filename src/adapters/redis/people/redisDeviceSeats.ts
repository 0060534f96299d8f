/** The newest connection of each device, in Redis. */
import * as z from 'zod';
import type { Device } from '../../../domain/media/admission.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import { deviceKnownMs, maxDevices } from '../../../ports/people/deviceSeats.ts';
import type { DeviceSeats, SeatClaim } from '../../../ports/people/deviceSeats.ts';
import type { StopListening } from '../../../ports/call/callFeed.ts';
import { deviceId } from '../../../protocol/shared/ids.ts';
import type { RedisConnection } from '../connection/connection.ts';
import { refusesWrites } from '../connection/operatorMessages.ts';
import type { RedisKeys } from '../schema/keys.ts';
import claimSeat from './claimSeat.lua';
import type { Subscriptions } from '../connection/subscriptions.ts';
import { parsed, parsedJson } from '../schema/values.ts';

export interface RedisDeviceSeatsOptions {
  readonly connection: RedisConnection;
  readonly subscriptions: Subscriptions;
  readonly keys: RedisKeys;
  /** An unreadable claim; it is skipped. */
  readonly onBroken: (error: unknown) => void;
}

const number = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const claimed = z.union([z.literal('full'), number]);
const announced = z.object({ deviceId, number });

export class RedisDeviceSeats implements DeviceSeats {
  readonly #options: RedisDeviceSeatsOptions;

  constructor(options: RedisDeviceSeatsOptions) {
    this.#options = options;
  }

  async claim({ userId, deviceId: device }: Device): Promise<number | 'full' | undefined> {
    const { connection, keys } = this.#options;
    const values = [device, keys.seatsChannel(userId), String(maxDevices), String(deviceKnownMs)];
    try {
      return parsed(claimed, await connection.script(claimSeat, [keys.seats(userId)], values));
    } catch (error) {
      // A user who comes back to a call must be able to continue, and to hang up.
      if (refusesWrites(error)) return undefined;
      throw error;
    }
  }

  onClaim(userId: UserId, listener: (claim: SeatClaim) => void): Promise<StopListening> {
    const { subscriptions, keys, onBroken } = this.#options;
    return subscriptions.listen(keys.seatsChannel(userId), (message) => {
      try {
        listener(parsedJson(announced, message));
      } catch (error) {
        onBroken(error);
      }
    });
  }

  async newest(devices: readonly Device[]): Promise<readonly (number | undefined)[]> {
    const { connection, keys } = this.#options;
    const scores = await connection.run((client) =>
      Promise.all(devices.map(({ userId, deviceId: device }) => client.zScore(keys.seats(userId), device))),
    );
    return scores.map((score) => score ?? undefined);
  }
}
