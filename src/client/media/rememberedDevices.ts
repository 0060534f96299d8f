/**
 * Which devices were on in a call, for a reload of its page. A resumed call opens the same devices or fewer, never
 * more. Kept in the tab's session storage, which a duplicated tab copies.
 */
import * as z from 'zod';
import type { CallView } from '../../protocol/shared/calls.ts';

const rememberedDevices = z.object({
  microphone: z.boolean(),
  camera: z.boolean(),
  /** The newest known event of the call when this was written. */
  lastEvent: z.int().nonnegative(),
});

export type RememberedDevices = z.infer<typeof rememberedDevices>;

/** The part of `Storage` that is used here. */
export type DeviceStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Undefined if nothing can be read. Then no device is opened. */
export function recallDevices(callId: CallView['id'], storage = tabStorage()): RememberedDevices | undefined {
  try {
    return rememberedDevices.safeParse(JSON.parse(storage?.getItem(keyOf(callId)) ?? 'null')).data;
  } catch {
    return undefined;
  }
}

export function rememberDevices(callId: CallView['id'], devices: RememberedDevices, storage = tabStorage()): void {
  try {
    storage?.setItem(keyOf(callId), JSON.stringify(devices));
  } catch {
    // Storage is full. The old entry may list more devices than are on now, so remove it.
    forgetDevices(callId, storage);
  }
}

export function forgetDevices(callId: CallView['id'], storage = tabStorage()): void {
  storage?.removeItem(keyOf(callId));
}

const keyOf = (callId: CallView['id']) => `veilcast:devices:${callId}`;

/** Undefined if the browser or its settings allow none. */
function tabStorage(): DeviceStorage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
