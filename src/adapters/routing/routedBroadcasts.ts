/** The broadcasts of all nodes: calls for this node stay local and cost nothing extra; all others go to the owner. */
import type { Admission, Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionMedia, TrackToPublish } from '../../ports/media/sessionMedia.ts';
import type {
  EdgeViewing,
  JoinedMedia,
  JoinRequest,
  LocalSessions,
  OwnerChange,
  SessionClaim,
  SessionListener,
  SessionOwner,
  SessionsAnywhere,
} from '../../ports/media/sessions.ts';
import { NotServed } from '../../ports/cluster/nodeMessages.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { Direction, DtlsParameters, IceParameters, RtpCapabilities } from '../../protocol/shared/media.ts';
import type { NodeRequestKind, NodeRequestParams, NodeRequestResults } from '../../protocol/internal/nodeMessages.ts';
import type { SessionEnding, Subscription } from '../../protocol/socket/notifications.ts';
import type { RequestParams } from '../../protocol/socket/requests.ts';
import { SessionsElsewhere } from './sessionsElsewhere.ts';
import { SessionsForOthers } from './sessionsForOthers.ts';
import { UnsentNotices } from './unsentNotices.ts';

type LocalBroadcasts = LocalSessions & SessionMedia & CallBroadcasts;
export interface RoutedBroadcastsOptions {
  readonly local: LocalBroadcasts;
  readonly edgeViewing?: EdgeViewing;
  readonly messages: NodeMessages;
}

const deaf: SessionListener = {
  notify: () => undefined,
  closed: () => undefined,
  taken: () => undefined,
  cutOff: () => undefined,
};

export class RoutedBroadcasts implements SessionsAnywhere, SessionMedia, CallBroadcasts {
  readonly #local: LocalBroadcasts;
  readonly #edgeViewing: EdgeViewing | undefined;
  readonly #messages: NodeMessages;
  readonly #unsentNotices = new UnsentNotices();
  readonly #elsewhere: SessionsElsewhere;
  readonly #forOthers: SessionsForOthers;
  #listener = deaf;

  constructor({ local, edgeViewing, messages }: RoutedBroadcastsOptions) {
    this.#local = local;
    this.#edgeViewing = edgeViewing;
    this.#messages = messages;
    const listener: SessionListener = {
      notify: (sessionId, notification) => {
        this.#listener.notify(sessionId, notification);
      },
      closed: (sessionId, owner, why) => {
        this.#listener.closed(sessionId, owner, why);
      },
      taken: (sessionId) => {
        this.#listener.taken(sessionId);
      },
      cutOff: (sessionId) => {
        this.#listener.cutOff(sessionId);
      },
    };
    const unsentNotices = this.#unsentNotices;
    this.#elsewhere = new SessionsElsewhere({ messages, unsentNotices, listener });
    this.#forOthers = new SessionsForOthers({ local, messages, unsentNotices, listener });
  }

  get routerRtpCapabilities(): RtpCapabilities {
    return this.#local.routerRtpCapabilities;
  }

  listen(listener: SessionListener): void {
    this.#listener = listener;
  }

  async join(request: JoinRequest, nodeId: NodeId): Promise<JoinedMedia> {
    if (nodeId === this.#messages.nodeId) return this.#local.join(request);
    const joined = request.asViewer === true ? this.#edgeViewing?.joinAtEdge(request, nodeId) : undefined;
    if (joined === undefined) return this.#elsewhere.join(request, nodeId);
    try {
      return await joined;
    } catch (error) {
      // A node without pipes serves its viewers itself.
      if (!(error instanceof NotServed)) throw error;
      return this.#elsewhere.join(request, nodeId);
    }
  }

  async take(claim: SessionClaim): Promise<void> {
    const isHere = this.#local.ownerOf(claim.sessionId) !== undefined || claim.nodeId === this.#messages.nodeId;
    if (isHere) this.#forOthers.takeHere(claim);
    else await this.#elsewhere.take(claim);
  }

  ownerOf(sessionId: SessionId): SessionOwner | undefined {
    return this.#local.ownerOf(sessionId) ?? this.#elsewhere.get(sessionId)?.owner;
  }

  subscriptionsOf(sessionId: SessionId): readonly Subscription[] {
    return this.#elsewhere.get(sessionId)?.subscriptions ?? this.#local.subscriptionsOf(sessionId);
  }

  async publish(sessionId: SessionId, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void> {
    if (this.#isHere(sessionId)) return this.#local.publish(sessionId, tracks, dtls);
    const dtlsParameters = dtls === undefined ? {} : { dtlsParameters: dtls };
    await this.#ask('publish', { sessionId, tracks: [...tracks], ...dtlsParameters });
  }

  async connect(sessionId: SessionId, direction: Direction, dtlsParameters: DtlsParameters): Promise<void> {
    if (this.#isHere(sessionId)) return this.#local.connect(sessionId, direction, dtlsParameters);
    await this.#ask('connect', { sessionId, direction, dtlsParameters });
  }

  async unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void> {
    if (this.#isHere(sessionId)) return this.#local.unpublish(sessionId, trackIds);
    await this.#ask('unpublish', { sessionId, trackIds: [...trackIds] });
  }

  async pause(sessionId: SessionId, trackId: string, paused: boolean): Promise<void> {
    if (this.#isHere(sessionId)) return this.#local.pause(sessionId, trackId, paused);
    await this.#ask('pause', { sessionId, trackId, paused });
  }

  async ready(sessionId: SessionId, subscriptionIds: readonly string[]): Promise<void> {
    if (this.#isHere(sessionId)) return this.#local.ready(sessionId, subscriptionIds);
    await this.#ask('ready', { sessionId, subscriptionIds: [...subscriptionIds] });
  }

  async prefer(request: RequestParams<'prefer'>): Promise<void> {
    if (this.#isHere(request.sessionId)) return this.#local.prefer(request);
    await this.#ask('prefer', request);
  }

  async restartIce(sessionId: SessionId, direction: Direction): Promise<IceParameters> {
    if (this.#isHere(sessionId)) return this.#local.restartIce(sessionId, direction);
    return (await this.#ask('restartIce', { sessionId, direction })).iceParameters;
  }

  leave(sessionId: SessionId, why: SessionEnding): void {
    const session = this.#elsewhere.get(sessionId);
    if (session !== undefined) {
      this.#elsewhere.leave(session, why);
      return;
    }
    this.#forOthers.forget(sessionId);
    this.#local.leave(sessionId, why);
  }

  mute(callId: CallId, userId: UserId): Promise<void> {
    return this.#local.mute(callId, userId);
  }

  follow(callId: CallId, admission: Admission): Promise<readonly Device[]> {
    this.#elsewhere.follow(callId, admission);
    return this.#local.follow(callId, admission);
  }

  tellToMove(callId: CallId): void {
    this.#local.tellToMove(callId);
  }

  sessionsIn(callId: CallId): number {
    return this.#local.sessionsIn(callId);
  }

  close(callId: CallId, why: SessionEnding = 'call_ended'): void {
    // If it is lost here or moves to another node, close only the local broadcast: clients of this node may already
    // have sessions at the other.
    if (why === 'call_ended') this.#elsewhere.close(callId);
    this.#local.close(callId, why);
  }

  open(): readonly CallId[] {
    return this.#local.open();
  }

  moved(change: OwnerChange): void {
    this.#elsewhere.moved(change);
  }

  nodeGone(nodeId: NodeId): void {
    this.#messages.giveUp(nodeId);
    this.#edgeViewing?.nodeGone(nodeId);
    this.#unsentNotices.giveUp(nodeId);
    this.#elsewhere.nodeGone(nodeId);
    this.#forOthers.nodeGone(nodeId);
  }

  #isHere(sessionId: SessionId): boolean {
    return this.#elsewhere.get(sessionId) === undefined;
  }

  #ask<K extends NodeRequestKind>(
    kind: K,
    params: NodeRequestParams[K] & { readonly sessionId: SessionId },
  ): Promise<NodeRequestResults[K]> {
    const session = this.#elsewhere.get(params.sessionId);
    if (session === undefined) throw new CallError('session_not_found');
    return this.#messages.request(session.nodeId, kind, params);
  }
}
