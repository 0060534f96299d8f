/**
 * Which devices were on in a call, for when its page is loaded again: a call that is taken up opens what was open before, or
 * less, never more. Kept in the session storage of the tab, of which a duplicated tab gets a copy.
 */
import * as z from 'zod';
import type { CallView } from '../../protocol/shared/calls.ts';

const rememberedDevices = z.object({
  microphone: z.boolean(),
  camera: z.boolean(),
  /** The newest event of the call that was heard when this was written. */
  lastEvent: z.int().nonnegative(),
});

export type RememberedDevices = z.infer<typeof rememberedDevices>;

/** The part of `Storage` that is needed. */
export type DeviceStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Undefined when nothing can be read: then nothing is opened. */
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
    // Full: what is stored may say that more was on than is, so nothing is better.
    forgetDevices(callId, storage);
  }
}

export function forgetDevices(callId: CallView['id'], storage = tabStorage()): void {
  storage?.removeItem(keyOf(callId));
}

const keyOf = (callId: CallView['id']) => `veilcast:devices:${callId}`;

/** Undefined where the browser, or a setting of it, allows none. */
function tabStorage(): DeviceStorage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
