/**
 * The live clients of this page, one a device. The server sends the older of two connections away; of two that a page opens
 * one after the other the newer must win, so it says hello only when the older one has said its last.
 */
import { VeilcastError } from '../support/errors.ts';

export interface DeviceClient {
  /** Ends it for good. */
  close(why: VeilcastError): void;
  /** Resolves when it has no greeting under way, which would be heard after its end. */
  greeted(): Promise<void>;
}

const live = new Map<string, DeviceClient>();
/** Greetings of clients that are closed already. */
const lastGreetings = new Map<string, Promise<void>>();

/** Ends the one before; resolves when this one may greet. `place` names the device at its service. */
export async function takeDevice(place: string, client: DeviceClient): Promise<void> {
  live.get(place)?.close(new VeilcastError('replaced'));
  live.set(place, client);
  await lastGreetings.get(place);
}

/** It is closed. */
export function leaveDevice(place: string): void {
  const greeting = live.get(place)?.greeted();
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
