/**
 * The live clients of this page, one per device. The server closes the older of two connections of a device. If a page
 * opens two clients, the newer must win, so it says hello only when the last hello of the older one is done.
 */
import { VeilcastError } from '../support/errors.ts';

export interface DeviceClient {
  /** Closes the client for good. */
  close(why: VeilcastError): void;
  /** Resolves when no hello of this client is under way. The server could receive it after the client is closed. */
  helloDone(): Promise<void>;
}

const live = new Map<string, DeviceClient>();
/** Hellos of clients that are already closed. */
const lastGreetings = new Map<string, Promise<void>>();

/**
 * Closes the device's previous client, and resolves when this one may say hello. `place` identifies the device at its
 * service.
 */
export async function takeDevice(place: string, client: DeviceClient): Promise<void> {
  live.get(place)?.close(new VeilcastError('replaced'));
  live.set(place, client);
  await lastGreetings.get(place);
}

/** The device's client is closed. */
export function leaveDevice(place: string): void {
  const greeting = live.get(place)?.helloDone();
  if (greeting === undefined) return;
  live.delete(place);
  const before = lastGreetings.get(place) ?? Promise.resolve();
  const all = before
    .then(() => greeting)
    .then(() => {
      if (lastGreetings.get(place) === all) lastGreetings.delete(place);
    });
  lastGreetings.set(place, all);
}
