/** What a device sends: it publishes tracks, takes them back, and pauses them at their source. */
import type { BroadcastsAnywhere } from '../../ports/media/broadcasts.ts';
import { mustOwnSession } from './ownSession.ts';
import type { OwnSessionContext, SessionRequest } from './ownSession.ts';

export interface PublishContext extends OwnSessionContext {
  readonly broadcasts: Pick<BroadcastsAnywhere, 'ownerOf' | 'publish' | 'unpublish' | 'pause'>;
}

/** The first time also connects the sending transport. */
export async function publishTracks(context: PublishContext, request: SessionRequest<'publish'>): Promise<void> {
  mustOwnSession(context, request);
  await context.broadcasts.publish(request.sessionId, request.tracks, request.dtlsParameters);
}

export async function unpublishTracks(context: PublishContext, request: SessionRequest<'unpublish'>): Promise<void> {
  mustOwnSession(context, request);
  await context.broadcasts.unpublish(request.sessionId, request.trackIds);
}

export async function pauseTrack(context: PublishContext, request: SessionRequest<'pause'>): Promise<void> {
  mustOwnSession(context, request);
  await context.broadcasts.pause(request.sessionId, request.trackId, request.paused);
}
