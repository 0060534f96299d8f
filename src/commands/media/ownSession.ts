/** Whose session it is. */
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { SessionId } from '../../domain/kernel/ids.ts';
import type { OpenSessions, SessionOwner } from '../../ports/media/sessions.ts';
import type { RequestName, RequestParams } from '../../protocol/socket/requests.ts';

export interface OwnSessionContext {
  readonly sessions: Pick<OpenSessions, 'ownerOf'>;
}

/** What a client asks of a session, and the device that asks. */
export type SessionRequest<N extends RequestName> = RequestParams<N> & { readonly device: Device };

/**
 * Only the user and device that opened a session may use it, from whichever socket they are on now. For all others
 * there is no such session: throws `session_not_found`.
 */
export function mustOwnSession(
  { sessions }: OwnSessionContext,
  { sessionId, device }: { readonly sessionId: SessionId; readonly device: Device },
): SessionOwner {
  const owner = sessions.ownerOf(sessionId);
  if (owner?.device.userId !== device.userId || owner.device.deviceId !== device.deviceId) {
    throw new CallError('session_not_found');
  }
  return owner;
}
