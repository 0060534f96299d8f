/** What a device receives: it says when it can receive a subscription, and which layers it wants. */
import type { SessionMedia } from '../../ports/media/sessionMedia.ts';
import { mustOwnSession } from './ownSession.ts';
import type { OwnSessionContext, SessionRequest } from './ownSession.ts';

export interface ReceiveContext extends OwnSessionContext {
  readonly media: Pick<SessionMedia, 'ready' | 'prefer'>;
}

/** The subscriptions flow from now on, as soon as the call does. */
export async function startSubscriptions(context: ReceiveContext, request: SessionRequest<'ready'>): Promise<void> {
  mustOwnSession(context, request);
  await context.media.ready(request.sessionId, request.subscriptionIds);
}

export async function preferLayers(
  context: ReceiveContext,
  { device, ...preference }: SessionRequest<'prefer'>,
): Promise<void> {
  mustOwnSession(context, { sessionId: preference.sessionId, device });
  await context.media.prefer(preference);
}
