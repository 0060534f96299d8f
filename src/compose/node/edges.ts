/** The edges of a node over its dependencies: HTTP, sockets, admin. */
import { join } from 'node:path';
import { keysIn } from '../../../config/apiKeys.ts';
import { trustsThisMachine } from '../../../config/loopback.ts';
import { ticketFor } from '../../commands/call/readCall.ts';
import { createAdminApp } from '../../edge/admin/adminApp.ts';
import { ApiKeys } from '../../edge/apiKeys.ts';
import { ConnectionFaults } from '../../edge/connectionFaults.ts';
import { describeInterfaces } from '../../edge/docs/interfaceDocuments.ts';
import { createHttpApp } from '../../edge/http/app.ts';
import { allowsHostsOf } from '../../edge/http/hosts.ts';
import { clientsBehind } from '../../edge/http/clientAddress.ts';
import type { Clients } from '../../edge/http/clientAddress.ts';
import { CallDelivery } from '../../edge/socket/callDelivery.ts';
import { SocketRights } from '../../edge/socket/socketRights.ts';
import { SocketServer } from '../../edge/socket/socketServer.ts';
import { Readiness } from '../../observability/health.ts';
import { built } from '../process/buildArtifacts.ts';
import { reloaded } from '../process/reloading.ts';
import type { Dependencies } from './dependencies.ts';
import { storeChecks } from '../store/storeChecks.ts';
import { composeWebhookUseCases } from '../workers/webhooks.ts';

export type Edges = ReturnType<typeof composeEdges>;

export function composeEdges(dependencies: Dependencies) {
  const { config, live, log, store, metrics, feed, tokens, idempotency, useCases, isDraining } = dependencies;
  const { sockets: sessions } = dependencies;
  const delivery = new CallDelivery({
    feed,
    log,
    liveCalls: useCases.liveCalls,
    ticketFor: (call, userId) => ticketFor(tokens, call, userId),
    loadCall: (callId) => store.load(callId),
    followOnSocket: useCases.followOnSocket,
    mustStillBe: useCases.mustStillBe,
  });
  const clients = clientsBehind(dependencies.config);
  const apiKeys = new ApiKeys(keysIn(config), dependencies.state.clock);
  dependencies.onReload((next) => {
    apiKeys.replace(keysIn(next));
  });
  const readiness = new Readiness({ checks: checksOf(dependencies) });
  const faults = new ConnectionFaults({ edge: 'socket', metrics, log });
  const rights = composeRights(dependencies);
  return {
    clients,
    http: composeHttp(dependencies, clients, apiKeys),
    sockets: new SocketServer({
      useCases,
      idempotency,
      delivery,
      sessions,
      rights,
      metrics,
      log,
      limits: config,
      faults,
      ...hostRule(config),
    }),
    rights,
    admin: createAdminApp({
      failing: () => readiness.failing(),
      isDraining,
      metrics,
      access: { apiKeys, trustsThisMachine: trustsThisMachine(config) },
      log,
      maintenance: dependencies.maintenance,
      reload: () => reloaded(live),
      // A signal, so that every end of this process hands calls over first.
      drain: () => process.kill(process.pid, 'SIGTERM'),
    }),
  };
}

function composeHttp(dependencies: Dependencies, clients: Clients, apiKeys: ApiKeys) {
  const { config, log, state, store, callIndex, metrics, idempotency, useCases } = dependencies;
  const { users, relations } = state;
  const isDevelopment = config.mode === 'development';
  return createHttpApp({
    makeDocuments: describeInterfaces,
    useCases,
    users,
    relations,
    idempotency,
    store,
    callIndex,
    metrics,
    log,
    webhooks: composeWebhookUseCases(dependencies),
    clock: state.clock,
    apiKeys,
    allowedOrigins: config.allowedOrigins,
    bodyMaxBytes: config.messageMaxBytes,
    limits: { requestsPerSecond: config.messagesPerSecond, requestsInFlight: config.requestsInFlight },
    clients,
    // The page is a demonstration: anybody may act as its people.
    ...hostRule(config),
    ...(isDevelopment ? { pageFolder: join(built, 'web') } : {}),
    withDemoPeople: isDevelopment,
    clientFolder: join(built, 'client'),
  });
}

/** In development mode, the page is served only for its own hosts. */
const hostRule = ({ mode, allowedOrigins }: Dependencies['config']) =>
  mode === 'development' ? { allowsHost: allowsHostsOf(allowedOrigins) } : {};

/**
 * Ready means that a call could start now: the store takes one, this node counts as alive, and media workers answer.
 */
function checksOf({ config, state, media, lease }: Dependencies) {
  return {
    ...storeChecks(state),
    lease: () =>
      performance.now() - lease.renewedAt < config.nodeLeaseMs
        ? Promise.resolve()
        : Promise.reject(new Error('the lease was not renewed')),
    media: () =>
      media.pool.workers().some((worker) => worker !== undefined)
        ? Promise.resolve()
        : Promise.reject(new Error('no media worker is alive')),
  };
}

function composeRights({
  config,
  log,
  useCases,
  sockets: sessions,
  viewers,
  ...dependencies
}: Dependencies): SocketRights {
  return new SocketRights({
    seats: dependencies.seats,
    rights: dependencies.rights,
    clock: dependencies.state.clock,
    log,
    graceMs: config.tokenGraceMs,
    generationOf: useCases.generationOf,
    endSession: (sessionId) => {
      sessions.detach(sessionId);
      return useCases.endSession(sessionId);
    },
    heedOther: (change) => {
      viewers.heed(change);
    },
  });
}
