/**
 * The ports of sessions, their media and broadcasts on mediasoup: which broadcast is open on which worker, and which
 * broadcast each session belongs to.
 */
import type { types } from 'mediasoup';
import type { Admission, Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionMedia, TrackToPublish } from '../../ports/media/sessionMedia.ts';
import type {
  BroadcastListener,
  EdgeViewing,
  JoinedMedia,
  JoinRequest,
  LocalSessions,
  SessionOwner,
} from '../../ports/media/sessions.ts';
import type { Log } from '../../ports/system/log.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { Direction, DtlsParameters, IceParameters, RtpCapabilities } from '../../protocol/shared/media.ts';
import type { SessionEnding, Subscription } from '../../protocol/socket/notifications.ts';
import type { RequestParams } from '../../protocol/socket/requests.ts';
import { createAsk } from './workers/workerRequests.ts';
import type { Ask } from './workers/workerRequests.ts';
import type { Confinement } from './workers/confinement.ts';
import type { OutgrownAt } from './routers/routerSet.ts';
import type { Broadcast } from './broadcast/broadcast.ts';
import type { BroadcastLimits } from './session/sessionTransports.ts';
import { countsOf } from './broadcast/mediaCounts.ts';
import type { MediaCounts } from './broadcast/mediaCounts.ts';
import type { MediaPort } from './workers/mediaWorker.ts';
import { OriginPipes } from './crossNode/originPipes.ts';
import { EdgeBroadcasts } from './crossNode/edgeBroadcasts.ts';
import { Routers } from './broadcast/broadcastFactory.ts';
import type { Session } from './session/session.ts';
import { offeredCapabilities } from './workers/rtpMapping.ts';
import { WorkerPool } from './workers/workerPool.ts';
import type { WorkerLoad } from './workers/workerPool.ts';

export interface MediasoupBroadcastsOptions extends BroadcastLimits {
  readonly log: Log;
  readonly codecs: readonly types.RouterRtpCodecCapability[];
  readonly workers: number;
  readonly firstPort: number;
  readonly mediaPort: Omit<MediaPort, 'port'>;
  readonly workerBin?: string | undefined;
  readonly confinement?: Confinement | undefined;
  /** When a broadcast also uses another worker. */
  readonly outgrownAt: OutgrownAt;
  readonly requestTimeoutMs: number;
}

type Owned = Pick<JoinRequest, 'callId' | 'admission'>;
interface Opening {
  readonly broadcast: Promise<Broadcast>;
  abandoned: boolean;
}

export class MediasoupBroadcasts implements LocalSessions, SessionMedia, CallBroadcasts, EdgeViewing {
  readonly routerRtpCapabilities: RtpCapabilities;
  /** For tests of leaks and of dying workers. */
  readonly pool: WorkerPool;
  readonly #options: MediasoupBroadcastsOptions;
  readonly #ask: Ask;
  readonly #opening = new Map<CallId, Opening>();
  readonly #open = new Map<CallId, Broadcast>();
  readonly #broadcastOf = new Map<SessionId, Broadcast>();
  readonly #routers: Routers;
  #edges: EdgeBroadcasts | undefined;
  #originPipes: OriginPipes | undefined;
  #listener: BroadcastListener | undefined;

  private constructor(options: MediasoupBroadcastsOptions, pool: WorkerPool, ask: Ask) {
    this.#options = options;
    this.#ask = ask;
    this.pool = pool;
    this.routerRtpCapabilities = offeredCapabilities(options.codecs);
    const { socketBufferBytes } = options.mediaPort;
    this.#routers = new Routers({ ...options, pool, ask, socketBufferBytes, offered: this.routerRtpCapabilities });
  }

  static async create(options: MediasoupBroadcastsOptions): Promise<MediasoupBroadcasts> {
    const { workers: count, firstPort, mediaPort, workerBin, confinement, log } = options;
    const ask = createAsk(options.requestTimeoutMs);
    const pool = await WorkerPool.create({ count, firstPort, mediaPort, workerBin, confinement, ask, log });
    return new MediasoupBroadcasts(options, pool, ask);
  }

  /** Ends every session and the workers. */
  async stop(why: SessionEnding = 'node_draining'): Promise<void> {
    for (const callId of this.#opening.keys()) this.close(callId);
    for (const callId of this.open()) this.#end(callId, why);
    this.#edges?.stop(why);
    await this.pool.close();
  }

  listen(listener: BroadcastListener): void {
    this.#listener = listener;
  }

  async join(request: JoinRequest): Promise<JoinedMedia> {
    const broadcast = await this.#opened(request);
    return this.#joined(request, broadcast);
  }

  /**
   * Enables pipes to other nodes, which reach this one at `listenInfo`. Viewers here can then watch calls of other
   * nodes.
   */
  connectNodes(messages: NodeMessages, listenInfo: types.TransportListenInfo): void {
    const pipes = { messages, listenInfo, ask: this.#ask, log: this.#options.log };
    this.#originPipes = new OriginPipes({ ...pipes, own: (callId, admission) => this.#opened({ callId, admission }) });
    this.#edges = new EdgeBroadcasts({
      ...pipes,
      open: (callId, admission) => this.#routers.open({ callId, admission, listener: this.#heardFrom(callId) }),
    });
  }

  joinAtEdge(request: JoinRequest, owner: NodeId): Promise<JoinedMedia> | undefined {
    return this.#edges?.join(request, owner, (broadcast) => this.#joined(request, broadcast));
  }

  nodeGone(nodeId: NodeId): void {
    this.#originPipes?.nodeGone(nodeId);
    this.#edges?.nodeGone(nodeId);
  }

  ownerOf(sessionId: SessionId): SessionOwner | undefined {
    const found = this.#look(sessionId);
    return found === undefined ? undefined : { callId: found.broadcast.callId, ...found.session.owner };
  }

  subscriptionsOf(sessionId: SessionId): readonly Subscription[] {
    return this.#find(sessionId).session.toWire();
  }

  async publish(sessionId: SessionId, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void> {
    const { broadcast, session } = this.#find(sessionId);
    await broadcast.publish(session, tracks, dtls);
  }

  async connect(sessionId: SessionId, direction: Direction, dtls: DtlsParameters): Promise<void> {
    await this.#find(sessionId).session.connect(direction, dtls);
  }

  async unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void> {
    const { broadcast, session } = this.#find(sessionId);
    broadcast.unpublish(session, trackIds);
    return Promise.resolve();
  }

  async pause(sessionId: SessionId, trackId: string, paused: boolean): Promise<void> {
    const { broadcast, session } = this.#find(sessionId);
    await broadcast.pause(session, trackId, paused);
  }

  async mute(callId: CallId, userId: UserId): Promise<void> {
    await this.#open.get(callId)?.silence(userId);
  }

  async ready(sessionId: SessionId, subscriptionIds: readonly string[]): Promise<void> {
    const { session } = this.#find(sessionId);
    // A subscription may have ended while the client prepared. The client was notified.
    const present = subscriptionIds.flatMap((id) => session.subscriptions.get(id) ?? []);
    const settling = present.map((subscription) => {
      subscription.ready = true;
      return subscription.settle(session.flows);
    });
    await Promise.all(settling);
  }

  async prefer({ sessionId, subscriptionId, ...layers }: RequestParams<'prefer'>): Promise<void> {
    const { consumer, hasLayers } = this.#find(sessionId).session.subscription(subscriptionId);
    if (!hasLayers) return;
    const { spatialLayer, temporalLayer } = layers;
    const preferred = { spatialLayer, ...(temporalLayer === undefined ? {} : { temporalLayer }) };
    await this.#ask(consumer.setPreferredLayers(preferred));
  }

  async restartIce(sessionId: SessionId, direction: Direction): Promise<IceParameters> {
    return this.#find(sessionId).session.restartIce(direction);
  }

  /** Does nothing if the session is gone already. */
  leave(sessionId: SessionId, why: SessionEnding): void {
    const found = this.#look(sessionId);
    this.#broadcastOf.delete(sessionId);
    found?.broadcast.end(found.session, why, { notify: false });
  }

  async follow(callId: CallId, admission: Admission): Promise<readonly Device[]> {
    const opening = this.#opening.get(callId);
    const broadcast = this.#open.get(callId) ?? (await opening?.broadcast.catch(() => undefined));
    return broadcast === undefined ? [] : broadcast.follow(admission);
  }

  tellToMove(callId: CallId): void {
    for (const { id: sessionId } of this.#open.get(callId)?.sessions() ?? []) {
      this.#listener?.notify(sessionId, { method: 'session.moving', params: { sessionId } });
    }
  }

  sessionsIn(callId: CallId): number {
    return this.#open.get(callId)?.sessions().length ?? 0;
  }

  close(callId: CallId, why: SessionEnding = 'call_ended'): void {
    const opening = this.#opening.get(callId);
    if (opening !== undefined) opening.abandoned = true;
    this.#opening.delete(callId);
    this.#end(callId, why);
  }

  open(): readonly CallId[] {
    return [...this.#open.keys()];
  }

  /** For the metrics. */
  async load(): Promise<readonly WorkerLoad[]> {
    return this.pool.load();
  }

  /** For the metrics. */
  counts(): MediaCounts {
    return countsOf([...this.#open.values(), ...(this.#edges?.broadcasts() ?? [])]);
  }

  async #joined(request: JoinRequest, broadcast: Broadcast): Promise<JoinedMedia> {
    this.#broadcastOf.set(request.sessionId, broadcast);
    try {
      return await broadcast.join(request);
    } catch (error) {
      this.#broadcastOf.delete(request.sessionId);
      throw error;
    }
  }

  async #opened(request: Owned): Promise<Broadcast> {
    const open = this.#open.get(request.callId);
    if (open !== undefined) return open;
    const before = this.#opening.get(request.callId);
    if (before !== undefined) return before.broadcast;
    const opening: Opening = {
      abandoned: false,
      broadcast: Promise.resolve().then(() => this.#create(request, () => opening.abandoned)),
    };
    this.#opening.set(request.callId, opening);
    const forget = () => {
      if (this.#opening.get(request.callId) === opening) this.#opening.delete(request.callId);
    };
    opening.broadcast.then(forget, forget);
    return opening.broadcast;
  }

  async #create({ callId, admission }: Owned, abandoned: () => boolean): Promise<Broadcast> {
    const broadcast = await this.#routers.open({ callId, admission, listener: this.#heardFrom(callId) }, () => {
      if (abandoned()) throw new CallError('call_ended');
    });
    this.#open.set(callId, broadcast);
    broadcast.watch({
      closed: () => {
        if (this.#open.get(callId) === broadcast) this.#open.delete(callId);
      },
    });
    return broadcast;
  }

  /** Passes events of a broadcast to the listener, after it has removed sessions that ended. */
  #heardFrom(callId: CallId): BroadcastListener {
    return {
      notify: (sessionId, notification) => {
        this.#listener?.notify(sessionId, notification);
      },
      closed: (sessionId, owner, why) => {
        this.#broadcastOf.delete(sessionId);
        this.#options.log.debug('a session ended', { callId, sessionId, reason: why });
        this.#listener?.closed(sessionId, owner, why);
      },
    };
  }

  #end(callId: CallId, why: SessionEnding): void {
    const broadcast = this.#open.get(callId);
    this.#open.delete(callId);
    broadcast?.close(why);
  }

  #look(sessionId: SessionId): { broadcast: Broadcast; session: Session } | undefined {
    const broadcast = this.#broadcastOf.get(sessionId);
    const session = broadcast?.session(sessionId);
    return broadcast === undefined || session === undefined ? undefined : { broadcast, session };
  }

  #find(sessionId: SessionId): { broadcast: Broadcast; session: Session } {
    const found = this.#look(sessionId);
    if (found === undefined) throw new CallError('session_not_found');
    return found;
  }
}
