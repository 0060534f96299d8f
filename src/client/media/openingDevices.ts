/** After microphone and camera could not be opened together: which of them is worth asking for alone. Pure. */
import type { Permissions } from './devices.ts';
import type { InputDevice, VeilcastErrorCode } from '../support/errors.ts';

/**
 * A missing or busy device spares the other one. When the user refused or dismissed the question for both, neither is asked for
 * again; when one was refused before, there was no question yet for the other.
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
