/** A node: API, sockets and SFU over shared state. */
import type { RequestListener } from 'node:http';
import { putDemoPeople } from '../../edge/http/routes/demo.ts';
import { ConnectionFaults } from '../../edge/connectionFaults.ts';
import { crossOrigin } from '../../edge/http/crossOrigin.ts';
import type { SocketServer } from '../../edge/socket/socketServer.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import { saveUnsaved } from '../../commands/call/running/unsavedChanges.ts';
import { composeEdges } from './edges.ts';
import type { Edges } from './edges.ts';
import { composeLifecycle } from '../workers/lifecycle.ts';
import { drainCalls } from './drain.ts';
import { adminLimits, listen } from '../process/listening.ts';
import { startMembership } from './membership.ts';
import { composeDependencies } from './dependencies.ts';
import type { Dependencies } from './dependencies.ts';
import type { LiveConfig } from '../process/liveConfig.ts';
import { recurring } from '../process/recurring.ts';
import { startPatiently, undone } from '../process/starting.ts';
import type { Undo } from '../process/starting.ts';

export interface Node {
  readonly url: string;
  /**
   * Takes no new work and hands its calls to other nodes. If there are none, waits for a limited time and ends the
   * rest.
   */
  stop(): Promise<void>;
}

/** Rejects with `ConfigError` if Redis stays unreachable, and with the reason if a port is taken. */
export function startNode(live: LiveConfig, log: Log & OperatorLog, stopping?: AbortSignal): Promise<Node> {
  return startPatiently((undo) => started({ live, log, undo, stopping }), { log, stopping });
}

interface Starting {
  readonly live: LiveConfig;
  readonly log: Log & OperatorLog;
  readonly undo: Undo;
  readonly stopping: AbortSignal | undefined;
}

async function started({ live, log, undo, stopping }: Starting): Promise<Node> {
  const { config } = live;
  const dependencies = await composeDependencies({ live, log, undo, stopping });
  const { metrics, nodeId } = dependencies;
  const edges = composeEdges(dependencies);
  const { sockets } = edges;
  undo.push(() => {
    sockets.stop();
  });
  const background = await startBackground(dependencies, sockets, undo);
  await watchRights(dependencies, edges, undo);
  await watchMaintenance(dependencies, undo);
  if (config.mode === 'development') await putDemoPeople(dependencies.state.users, dependencies.state.relations);
  if (config.lifecycleInProcess) {
    const lifecycle = await composeLifecycle({
      config,
      metrics,
      log,
      state: dependencies.state,
      watch: dependencies.watch,
      owners: dependencies.owners,
      reader: nodeId,
    });
    undo.push(() => lifecycle.stop());
  }
  await listenOnPorts({ dependencies, edges, undo });
  log.info('the node serves', { nodeId, port: config.httpPort });

  const stop = async (): Promise<void> => {
    dependencies.drain();
    sockets.drain();
    background.tellNow();
    await drainCalls(dependencies);
    await background.saveUnsaved();
    // Open sockets would keep the server from closing.
    sockets.stop();
    await undone(undo, log);
    log.info('the node has stopped', { nodeId });
  };
  return { url: `http://${shown(config.httpHost)}:${config.httpPort}`, stop };
}

interface Ports {
  readonly dependencies: Dependencies;
  readonly edges: Edges;
  readonly undo: Undo;
}

async function listenOnPorts({ dependencies, edges, undo }: Ports): Promise<void> {
  const { config, metrics, log, fromOutside } = dependencies;
  const { sockets, http, admin, clients } = edges;
  const spreadHttp: RequestListener = (request, response) => {
    fromOutside.do(() => {
      http(request, response);
    });
  };
  const adminListening = await listen(admin, {
    host: config.adminHost,
    port: config.adminPort,
    setting: 'adminPort',
    limits: adminLimits(config),
    faults: new ConnectionFaults({ edge: 'admin', metrics, log }),
  });
  undo.push(() => adminListening.stop());
  const listening = await listen(spreadHttp, {
    host: config.httpHost,
    port: config.httpPort,
    setting: 'httpPort',
    limits: config,
    clients,
    upgrades: sockets.upgrades,
    crossOrigin: crossOrigin(config.allowedOrigins),
    faults: new ConnectionFaults({ edge: 'http', metrics, log }),
  });
  undo.push(() => listening.stop());
}

/**
 * Changes are announced, and also read at this interval in case an announcement is lost: rights end within
 * `rightsEveryMs` and a moment.
 */
const rightsEveryMs = 500;
/** In case the log of changes was lost with its store. */
const compareEveryMs = 60_000;

async function watchRights(dependencies: Dependencies, { rights }: Edges, undo: Undo): Promise<void> {
  const { config, feed, rights: changes, viewers, log } = dependencies;
  const everyMs = Math.min(rightsEveryMs, config.tokenGraceMs);
  const look = async (): Promise<void> => {
    viewers.look();
    await rights.look();
  };
  const compare = async (): Promise<void> => {
    await rights.compareAll();
    await viewers.compareAll();
  };
  const looking = recurring(look, { everyMs, what: 'checking rights that ended', log });
  const comparing = recurring(compare, {
    everyMs: compareEveryMs,
    what: 'comparing sockets with the store',
    log,
  });
  undo.push(() => {
    for (const task of [looking, comparing]) task.stop();
  });
  await changes.onChange(() => {
    looking.now();
  });
  feed.onGap(() => {
    comparing.now();
  });
  // Changes are read from here on, before any socket is open.
  await rights.look();
}

/** A change is announced, and also read at this interval in case the announcement is lost. */
const maintenanceEveryMs = 1_000;

async function watchMaintenance({ maintenance, maintenanceMode, log }: Dependencies, undo: Undo): Promise<void> {
  const looking = recurring(() => maintenance.look(), {
    everyMs: maintenanceEveryMs,
    what: 'checking whether there is maintenance',
    log,
  });
  undo.push(() => {
    looking.stop();
  });
  await maintenanceMode.onChange(() => {
    looking.now();
  });
  // Before the first call can be asked for.
  await maintenance.look();
}

interface Background {
  /** Writes this node's status now, not only with the next beat. */
  tellNow(): void;
  /** Saves what the store could not take; a last time when the node stops. */
  saveUnsaved(): Promise<void>;
}

/** Soon after a store takes writes again, but not too often while it does not. */
const saveUnsavedEveryMs = 1_000;

async function savedUnsaved({ store, copies, log }: Dependencies): Promise<void> {
  const count = await saveUnsaved({ store, copies });
  if (count > 0) log.info('calls that changed while Redis took no writes are saved', { count });
}

/** A ghost is found after two looks: within 15 s, with a margin for a slow look. */
const ghostLookEveryMs = 5_000;

async function sweptGhosts({ ghosts, log }: Dependencies): Promise<void> {
  const count = await ghosts.look();
  if (count > 0) log.warn('participants without a session were removed from their calls', { count });
}

/** Background work of a node: follows changes of its calls, renews its lease, and compares itself with the store. */
async function startBackground(dependencies: Dependencies, sockets: SocketServer, undo: Undo): Promise<Background> {
  const { config, state, feed, useCases, broadcasts, nodeId, log } = dependencies;
  const { sweepEveryMs } = config;
  const membership = await startMembership(dependencies);
  const reconcile = async (): Promise<void> => {
    const count = await useCases.reconcile();
    if (count > 0) log.warn('calls that the store had lost are restored', { count });
  };
  const truth = recurring(reconcile, {
    everyMs: sweepEveryMs,
    what: 'comparing broadcasts with the store',
    log,
  });
  const ghosts = recurring(() => sweptGhosts(dependencies), {
    everyMs: Math.min(sweepEveryMs, ghostLookEveryMs),
    what: 'looking for participants without a session',
    log,
  });
  const saving = recurring(() => savedUnsaved(dependencies), {
    everyMs: saveUnsavedEveryMs,
    what: 'saving calls that changed while Redis took no writes',
    log,
  });
  undo.push(() => {
    for (const task of [membership, truth, ghosts, saving]) task.stop();
  });
  state.connection.onReconnect(() => {
    truth.now();
  });
  feed.onGap(() => {
    for (const task of [membership, truth]) task.now();
    sockets.catchUp().catch((error: unknown) => {
      log.warn('failed to send clients the state of their calls', { error });
    });
  });
  await feed.onNode(nodeId, (change) => {
    useCases.followChange(change).catch((error: unknown) => {
      log.warn('failed to apply a change of a call to its broadcast', { callId: change.call.id, error });
    });
  });
  broadcasts.listen({
    ...sockets.broadcastListener,
    closed: (sessionId, owner, why) => {
      sockets.broadcastListener.closed(sessionId, owner, why);
      if (why !== 'media_lost' || owner.asViewer === true) return;
      void useCases.tellPresence(owner);
    },
  });
  return {
    tellNow: () => {
      membership.now();
    },
    saveUnsaved: () =>
      savedUnsaved(dependencies).catch((error: unknown) => {
        log.warn('failed to save calls that changed while Redis took no writes: the sweep will end them', { error });
      }),
  };
}

function shown(host: string): string {
  if (host === '127.0.0.1' || host === '::1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
