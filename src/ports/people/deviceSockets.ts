import type { Device } from '../../domain/media/admission.ts';
import type { CallId, SessionId } from '../../domain/kernel/ids.ts';

/** Which devices can be reached now: presence in a call follows this, and nothing else. */
export interface DeviceSockets {
  /** Does this device hold a session of the call with a socket that is open? */
  isReachable(callId: CallId, device: Device): boolean;
  /** That session. */
  sessionOf(callId: CallId, device: Device): SessionId | undefined;
}
