/** What a device sends: it publishes tracks, takes them back, and pauses them at their source. */
import type { SessionMedia } from '../../ports/media/sessionMedia.ts';
import { mustOwnSession } from './ownSession.ts';
import type { OwnSessionContext, SessionRequest } from './ownSession.ts';

export interface PublishContext extends OwnSessionContext {
  readonly media: Pick<SessionMedia, 'publish' | 'unpublish' | 'pause'>;
}

/** The first time also connects the sending transport. */
export async function publishTracks(context: PublishContext, request: SessionRequest<'publish'>): Promise<void> {
  mustOwnSession(context, request);
  await context.media.publish(request.sessionId, request.tracks, request.dtlsParameters);
}

export async function unpublishTracks(context: PublishContext, request: SessionRequest<'unpublish'>): Promise<void> {
  mustOwnSession(context, request);
  await context.media.unpublish(request.sessionId, request.trackIds);
}

export async function pauseTrack(context: PublishContext, request: SessionRequest<'pause'>): Promise<void> {
  mustOwnSession(context, request);
  await context.media.pause(request.sessionId, request.trackId, request.paused);
}
