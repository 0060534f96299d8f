/** People who call each other, again and again: the first is the caller, each of the others has some devices. */
import type { Device } from './device.ts';

export interface Party {
  readonly caller: Device;
  /** Of each callee, the device that answers and those that only ring. */
  readonly callees: readonly { readonly answering: Device; readonly others: readonly Device[] }[];
}

export function devicesOf({ caller, callees }: Party): readonly Device[] {
  return [caller, ...callees.flatMap(({ answering, others }) => [answering, ...others])];
}
