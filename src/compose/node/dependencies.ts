/**
 * The adapters of a node and the commands over them: the one place that connects all ports with their implementations.
 */
import type { Config } from '../../../config/schema.ts';
import type { WorkerOrigin } from '../../adapters/mediasoup/workers/workerOrigin.ts';
import type { MediasoupBroadcasts } from '../../adapters/mediasoup/mediasoupBroadcasts.ts';
import { PrometheusMetrics } from '../../adapters/prometheus/prometheusMetrics.ts';
import { RedisCallFeed } from '../../adapters/redis/call/redisCallFeed.ts';
import { RedisDeviceSeats } from '../../adapters/redis/people/redisDeviceSeats.ts';
import { RedisViewerTickets } from '../../adapters/redis/people/redisViewerTickets.ts';
import { longestTicketMs } from '../../protocol/http/http.ts';
import { RedisRightsLog } from '../../adapters/redis/people/redisRightsLog.ts';
import { RedisIdempotency } from '../../adapters/redis/call/redisIdempotency.ts';
import { RedisMaintenance } from '../../adapters/redis/cluster/redisMaintenance.ts';
import { RedisNodeChannel } from '../../adapters/redis/cluster/redisNodeChannel.ts';
import { Subscriptions } from '../../adapters/redis/connection/subscriptions.ts';
import { ChannelMessages } from '../../adapters/routing/channelMessages.ts';
import { RoutedBroadcasts } from '../../adapters/routing/routedBroadcasts.ts';
import { NodeLoadMeter } from '../../adapters/system/nodeLoad.ts';
import { randomIds } from '../../adapters/system/randomIds.ts';
import { SpreadWork } from '../../adapters/system/spreadWork.ts';
import { systemClock } from '../../adapters/system/systemClock.ts';
import { JoseTokens } from '../../adapters/tokens/joseTokens.ts';
import { TurnCredentials } from '../../adapters/turn/turnCredentials.ts';
import { SessionSockets } from '../../edge/socket/sessionSockets.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import { KnownMaintenance } from '../../commands/cluster/maintenance.ts';
import { GhostSweep } from '../../commands/call/sweepGhosts.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import { connectPipes, openMedia } from '../media/openMedia.ts';
import { composeViewers } from '../media/viewers.ts';
import { composeOwnCalls } from './ownCalls.ts';
import { composeState } from '../store/stores.ts';
import type { Apply, LiveConfig } from '../process/liveConfig.ts';
import type { Undo } from '../process/starting.ts';
import type { State } from '../store/stores.ts';
import { bindUseCases } from './useCases.ts';
import { composeNodeStatus } from './watch.ts';

export type Dependencies = Awaited<ReturnType<typeof composeDependencies>>;

type OnReload = (apply: Apply) => void;

interface Composing {
  readonly live: LiveConfig;
  readonly log: Log & OperatorLog;
  readonly undo: Undo;
  readonly stopping: AbortSignal | undefined;
}

export async function composeDependencies(composing: Composing) {
  const adapters = await composeAdapters(composing);
  return { ...adapters, ...composeCommands(adapters) };
}

/** Opens all adapters, in the order that is needed. */
async function composeAdapters({ live, log, undo, stopping }: Composing) {
  const { config } = live;
  const onReload: OnReload = (apply) => {
    undo.push(live.onReload(apply));
  };
  const state = await composeState(config, log, stopping);
  undo.push(() => state.stop());
  undo.push(live.beforeReload((next) => state.changeSecrets(next)));
  const { connection, keys } = state;
  const nodeId = randomIds.nodeId();
  const fromOutside = new SpreadWork();
  const subscriptions = await openSubscriptions(state, fromOutside, undo);
  undo.push(() => forgetNode(state, nodeId, log));
  const { mediaWorker, media } = await openMedia(config, log);
  const loadMeter = new NodeLoadMeter({ workersShare: () => media.pool.share() });
  undo.push(() => {
    loadMeter.stop();
  });
  undo.push(() => media.stop());
  const metrics = openMetrics({ state, mediaWorker, loadMeter, media });
  const feed = openFeed({ connection, subscriptions, keys, metrics, log });
  const channel = await RedisNodeChannel.create({ connection, subscriptions, keys, nodeId });
  const messages = openMessages({ channel, config, metrics, log });
  connectPipes(media, messages, config);
  const own = await composeOwnCalls({ config, state, nodeId, messages, metrics, log, undo });
  const maintenanceMode = openMaintenance({ connection, subscriptions, keys, metrics, log });
  return {
    config,
    live,
    onReload,
    log,
    state,
    nodeId,
    fromOutside,
    media,
    loadMeter,
    metrics,
    feed,
    messages,
    ...own,
    ...openRights({ connection, subscriptions, keys, metrics, log }, config),
    broadcasts: new RoutedBroadcasts({ local: media, edgeViewing: media, messages }),
    tokens: openTokens(config, state, onReload),
    turnServers: openTurnCredentials(config, onReload),
    maintenanceMode,
    maintenance: new KnownMaintenance({ mode: maintenanceMode, clock: state.clock }),
    sockets: new SessionSockets(),
    idempotency: new RedisIdempotency({ connection, keys, ttlMs: config.idempotencyTtlMs }),
    lease: { renewedAt: -Infinity },
  };
}

type Adapters = Awaited<ReturnType<typeof composeAdapters>>;

/** The commands over the adapters. */
function composeCommands(adapters: Adapters) {
  const { config, log, state, nodeId, metrics, broadcasts, tokens, turnServers, sockets, viewerTickets } = adapters;
  const { store, callIndex, memory, owners, facts } = adapters;
  const { users, relations, ringLedgers, records } = state;
  const watched = composeViewers(adapters);
  const nodeStatus = composeNodeStatus({
    config,
    state: { ...state, store, callIndex },
    metrics,
    log,
    owners,
    self: nodeId,
    onDead: (dead) => {
      broadcasts.nodeGone(dead);
    },
  });
  const useCases = bindUseCases({
    store,
    callIndex,
    users,
    relations,
    ringLedgers,
    records,
    tokens,
    sessions: broadcasts,
    media: broadcasts,
    broadcasts,
    sockets,
    metrics,
    nodeId,
    ...nodeStatus,
    ...memory,
    ...watched,
    stateStore: state.store,
    turnServers,
    ids: randomIds,
    clock: state.clock,
    limits: config,
    owners,
    facts,
    viewerTickets,
    condition: state.condition,
    maintenance: adapters.maintenance,
    onUnknownTimeZone: (timeZone) => {
      state.unknownValues.tell(
        `this machine does not know the time zone ${timeZone}`,
        'quiet hours in it last all day',
      );
    },
  });
  return {
    useCases,
    viewers: watched.viewers,
    ...nodeStatus,
    copies: memory.copies,
    ghosts: new GhostSweep({ store, callIndex, metrics, clock: state.clock, owners, broadcasts, nodeId }),
  };
}

interface MetricParts {
  readonly state: State;
  readonly mediaWorker: WorkerOrigin;
  readonly loadMeter: NodeLoadMeter;
  readonly media: MediasoupBroadcasts;
}

function openMetrics({ state, mediaWorker, loadMeter, media }: MetricParts): PrometheusMetrics {
  const metrics = new PrometheusMetrics({
    countByPhase: () => state.callIndex.countByPhase(),
    mediaWorker,
    nodeLoad: () => loadMeter.load,
    queueDepth: () => state.schedule.depth(),
    mediaUsage: async () => ({ ...media.counts(), workers: await media.load() }),
  });
  state.unknownValues.countWith(metrics);
  return metrics;
}

async function openSubscriptions({ connection, keys }: State, fromOutside: SpreadWork, undo: Undo) {
  const subscriptions = await Subscriptions.create({
    connection,
    keys,
    spread: (work) => {
      fromOutside.do(work);
    },
  });
  undo.push(() => subscriptions.close());
  return subscriptions;
}

async function forgetNode({ nodes }: State, nodeId: NodeId, log: Log): Promise<void> {
  await nodes.forget(nodeId).catch((error: unknown) => {
    log.warn('failed to remove this node from the node list: its lease will expire', { error });
  });
}

interface FeedDependencies {
  readonly connection: State['connection'];
  readonly subscriptions: Subscriptions;
  readonly keys: State['keys'];
  readonly metrics: CallMetrics;
  readonly log: Log;
}

function openFeed({ connection, subscriptions, keys, metrics, log }: FeedDependencies): RedisCallFeed {
  return new RedisCallFeed({
    connection,
    subscriptions,
    keys,
    onBroken: (where, error) => {
      metrics.refused('feed', 'internal');
      log.warn(`failed to read a message of the ${where}`, { error });
    },
  });
}

function openMaintenance({ connection, subscriptions, keys, log }: FeedDependencies): RedisMaintenance {
  return new RedisMaintenance({
    connection,
    subscriptions,
    keys,
    onUnannounced: (error) => {
      log.warn('failed to announce a change of maintenance: other nodes learn of it when they next look', { error });
    },
  });
}

function openRights({ connection, subscriptions, keys, metrics, log }: FeedDependencies, config: Config) {
  const onBroken = (error: unknown): void => {
    metrics.refused('feed', 'internal');
    log.warn('failed to read a change of rights', { error });
  };
  const over = { connection, subscriptions, keys, onBroken };
  // While its key is remembered, a repeated request gets the ticket anew.
  const longest = config.idempotencyTtlMs + longestTicketMs + config.tokenGraceMs;
  const viewerTickets = new RedisViewerTickets({ connection, keys, longestTicketMs: longest });
  return { rights: new RedisRightsLog(over), seats: new RedisDeviceSeats(over), viewerTickets };
}

function openTokens(config: Config, { clock }: State, onReload: OnReload): JoseTokens {
  const secretsOf = ({ tokenSecret, acceptedTokenSecret }: Config) => {
    return { secret: tokenSecret, acceptedSecret: acceptedTokenSecret };
  };
  const tokens = new JoseTokens({ ...config, ...secretsOf(config), clock });
  onReload((next) => {
    tokens.replaceSecrets(secretsOf(next));
  });
  return tokens;
}

function openTurnCredentials(config: Config, onReload: OnReload): TurnCredentials {
  // The configuration is checked: if there are TURN servers, there is a secret.
  const of = ({ turnUrls, turnSecret = '', turnTtlMs }: Config) => {
    return { urls: turnUrls, secret: turnSecret, ttlMs: turnTtlMs };
  };
  const servers = new TurnCredentials({ ...of(config), clock: systemClock });
  onReload((next) => {
    servers.replace(of(next));
  });
  return servers;
}

interface MessageDependencies {
  readonly channel: RedisNodeChannel;
  readonly config: Config;
  readonly metrics: PrometheusMetrics;
  readonly log: Log;
}

/** A node answers when its media worker has, so the time limit for nodes is that for workers. */
function openMessages({ channel, config, metrics, log }: MessageDependencies): ChannelMessages {
  return new ChannelMessages({
    channel,
    answerWithinMs: config.mediaRequestTimeoutMs,
    onBroken: (error) => {
      metrics.refused('nodes', 'internal');
      log.warn('failed to read or answer a message of another node', { error });
    },
  });
}
