/** What this browser lacks for calls, asked before anybody's phone rings. */
import { VeilcastError } from '../support/errors.ts';

/** Undefined when calls can be made and taken here. */
export function whyNoCalls(): VeilcastError | undefined {
  if ('isSecureContext' in globalThis && !isSecureContext) return new VeilcastError('insecure_context');
  // Some policies and extensions take the name away, others leave one that makes nothing.
  try {
    new RTCPeerConnection().close();
    return undefined;
  } catch (cause) {
    return new VeilcastError('webrtc_missing', { cause });
  }
}
