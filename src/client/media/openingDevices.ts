/** Which device to ask for alone after both could not be opened together. Pure. */
import type { Permissions } from './devices.ts';
import type { InputDevice, VeilcastErrorCode } from '../support/errors.ts';

/**
 * A missing or busy device does not affect the other one. If the user refused or dismissed the request for both,
 * neither is asked for again. If one was refused earlier, the user was not asked for the other yet.
 */
export function worthAskingAlone(failure: VeilcastErrorCode, known: Permissions): readonly InputDevice[] {
  const both: readonly InputDevice[] = ['microphone', 'camera'];
  if (failure !== 'media_denied') return both;
  const isDenied = (device: InputDevice) => known[device] === 'denied';
  return both.filter((device) => {
    const other = device === 'microphone' ? 'camera' : 'microphone';
    if (known[device] === 'granted' || known[device] === undefined) return true;
    return !isDenied(device) && isDenied(other);
  });
}
