/** The transports of a session: a device connects them, and takes new ICE credentials after a change of network. */
import type { SessionMedia } from '../../ports/media/sessionMedia.ts';
import type { TurnServer, TurnServers } from '../../ports/media/turnServers.ts';
import type { IceParameters } from '../../protocol/shared/media.ts';
import { mustOwnSession } from './ownSession.ts';
import type { OwnSessionContext, SessionRequest } from './ownSession.ts';

export interface TransportContext extends OwnSessionContext {
  readonly media: Pick<SessionMedia, 'connect' | 'restartIce'>;
  readonly turnServers: TurnServers;
}

/** Connects a transport that nothing else has connected. */
export async function connectTransport(context: TransportContext, request: SessionRequest<'connect'>): Promise<void> {
  mustOwnSession(context, request);
  await context.media.connect(request.sessionId, request.direction, request.dtlsParameters);
}

export interface RestartedIce {
  readonly iceParameters: IceParameters;
  /** With new credentials: those of the join may have expired. */
  readonly iceServers: readonly TurnServer[];
}

export async function restartIce(
  context: TransportContext,
  request: SessionRequest<'restartIce'>,
): Promise<RestartedIce> {
  mustOwnSession(context, request);
  const iceParameters = await context.media.restartIce(request.sessionId, request.direction);
  return { iceParameters, iceServers: context.turnServers.offer() };
}
