/** What this browser lacks for calls. Ask before any phone rings. */
import { VeilcastError } from '../support/errors.ts';

/** Undefined if calls can be made and answered here; otherwise `insecure_context` or `webrtc_missing`. */
export function whyNoCalls(): VeilcastError | undefined {
  if ('isSecureContext' in globalThis && !isSecureContext) return new VeilcastError('insecure_context');
  // Some policies and extensions remove the constructor, others leave one that does not work.
  try {
    new RTCPeerConnection().close();
    return undefined;
  } catch (cause) {
    return new VeilcastError('webrtc_missing', { cause });
  }
}
