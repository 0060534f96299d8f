/** What a device asks of its session: one use case each. */
import type { RestartedIce } from '../../commands/media/connectTransport.ts';
import type { SessionRequest } from '../../commands/media/ownSession.ts';
import { requests } from '../../protocol/socket/requests.ts';
import { known } from './socketIdentity.ts';
import type { IdentifiedSocket } from './socketIdentity.ts';
import { on } from './requestHandler.ts';

/** All throw `session_not_found` if the session is not the device's. */
export interface MediaUseCases {
  publishTracks(request: SessionRequest<'publish'>): Promise<void>;
  unpublishTracks(request: SessionRequest<'unpublish'>): Promise<void>;
  pauseTrack(request: SessionRequest<'pause'>): Promise<void>;
  startSubscriptions(request: SessionRequest<'ready'>): Promise<void>;
  preferLayers(request: SessionRequest<'prefer'>): Promise<void>;
  connectTransport(request: SessionRequest<'connect'>): Promise<void>;
  /** With new TURN credentials at each call. */
  restartIce(request: SessionRequest<'restartIce'>): Promise<RestartedIce>;
}

export function mediaHandlers(useCases: MediaUseCases) {
  return {
    publish: on(requests.publish, async (params, connection: IdentifiedSocket) => {
      await useCases.publishTracks({ ...params, device: known(connection) });
      return {};
    }),
    connect: on(requests.connect, async (params, connection: IdentifiedSocket) => {
      await useCases.connectTransport({ ...params, device: known(connection) });
      return {};
    }),
    unpublish: on(requests.unpublish, async (params, connection: IdentifiedSocket) => {
      await useCases.unpublishTracks({ ...params, device: known(connection) });
      return {};
    }),
    pause: on(requests.pause, async (params, connection: IdentifiedSocket) => {
      await useCases.pauseTrack({ ...params, device: known(connection) });
      return {};
    }),
    ready: on(requests.ready, async (params, connection: IdentifiedSocket) => {
      await useCases.startSubscriptions({ ...params, device: known(connection) });
      return {};
    }),
    prefer: on(requests.prefer, async (params, connection: IdentifiedSocket) => {
      await useCases.preferLayers({ ...params, device: known(connection) });
      return {};
    }),
    restartIce: on(requests.restartIce, async (params, connection: IdentifiedSocket) => {
      const { iceParameters, iceServers } = await useCases.restartIce({ ...params, device: known(connection) });
      return { iceParameters, iceServers: turnServersView(iceServers) };
    }),
  };
}

export function turnServersView(servers: RestartedIce['iceServers']) {
  return servers.map(({ urls, ...credentials }) => ({ urls: [...urls], ...credentials }));
}
