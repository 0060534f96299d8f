import type { Device } from '../../domain/media/admission.ts';
import type { CallId, SessionId } from '../../domain/kernel/ids.ts';

/** Which devices can be reached now: presence in a call depends on this only. */
export interface DeviceSockets {
  /** Whether this device has a session of the call with an open socket. */
  isReachable(callId: CallId, device: Device): boolean;
  /** The id of that session. */
  sessionOf(callId: CallId, device: Device): SessionId | undefined;
}
