/** Who watches: on this node's sockets, and on all nodes. */
import type { Config } from '../../../config/schema.ts';
import { RoutedViewers } from '../../adapters/routing/viewersAnywhere.ts';
import { LocalViewers } from '../../commands/media/viewers/localViewers.ts';
import type { SessionSockets } from '../../edge/socket/sessionSockets.ts';
import type { CallFeed } from '../../ports/call/callFeed.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { OpenSessions } from '../../ports/media/sessions.ts';
import type { ViewerTickets } from '../../ports/media/viewerTickets.ts';
import type { Log } from '../../ports/system/log.ts';
import type { State } from '../store/stores.ts';

interface ViewerDependencies {
  readonly config: Config;
  readonly log: Log;
  readonly state: Pick<State, 'clock' | 'relations' | 'nodes'>;
  readonly store: CallStore;
  readonly broadcasts: Pick<OpenSessions, 'leave'>;
  readonly feed: CallFeed;
  readonly messages: NodeMessages;
  readonly viewerTickets: ViewerTickets;
  readonly sockets: SessionSockets;
}

export function composeViewers(dependencies: ViewerDependencies) {
  const { config, log, state, store, broadcasts, feed, messages, viewerTickets, sockets } = dependencies;
  const viewers = new LocalViewers({
    feed,
    store,
    log,
    clock: state.clock,
    graceMs: config.tokenGraceMs,
    tickets: viewerTickets,
    relations: state.relations,
    notify: (sessionId, notification) => {
      sockets.connectionOf(sessionId)?.notify(notification);
    },
    end: (sessionId, why) => {
      sockets.connectionOf(sessionId)?.notify({ method: 'session.closed', params: { sessionId, why } });
      sockets.detach(sessionId);
      broadcasts.leave(sessionId, why);
    },
  });
  sockets.whenDetached = (sessionId) => {
    viewers.ended(sessionId);
  };
  const watching = new RoutedViewers({
    messages,
    nodes: state.nodes,
    here: (callId, page) => viewers.page(callId, page),
  });
  return { viewers, watching };
}
