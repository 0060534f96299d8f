/**
 * Sessions on this node whose clients are connected to other nodes: handles their requests and sends their
 * notifications.
 */
import { CallError } from '../../domain/kernel/errors.ts';
import type { NodeId, SessionId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionMedia } from '../../ports/media/sessionMedia.ts';
import type {
  LocalSessions,
  SessionClaim,
  SessionListener,
  SessionNotification,
  SessionOwner,
} from '../../ports/media/sessions.ts';
import type { NodeMessages, NodeRequestHandlers } from '../../ports/cluster/nodeMessages.ts';
import type { NodeRequestParams } from '../../protocol/internal/nodeMessages.ts';
import type { SessionEnding } from '../../protocol/socket/notifications.ts';
import { fromWire } from '../../protocol/internal/admissionWire.ts';
import type { UnsentNotices } from './unsentNotices.ts';

export interface SessionsForOthersOptions {
  readonly local: LocalSessions & SessionMedia & Pick<CallBroadcasts, 'follow' | 'close'>;
  readonly messages: NodeMessages;
  readonly unsentNotices: UnsentNotices;
  /** For this node's own sockets. */
  readonly listener: SessionListener;
}

export class SessionsForOthers {
  readonly #options: SessionsForOthersOptions;
  /** The node with the socket of each session. */
  readonly #via = new Map<SessionId, NodeId>();
  /** Sessions being created; `false` if they are not wanted any more. */
  readonly #joining = new Map<SessionId, boolean>();

  constructor(options: SessionsForOthersOptions) {
    this.#options = options;
    const { local, messages } = options;
    messages.serve({
      requests: { ...this.#sessionRequests(), ...this.#mediaRequests() },
      notices: {
        leave: ({ sessionId, why }, from) => {
          if (this.#via.get(sessionId) !== from) return;
          if (this.#joining.has(sessionId)) this.#joining.set(sessionId, false);
          this.#via.delete(sessionId);
          local.leave(sessionId, why);
        },
        follow: ({ callId, admission }) => {
          void local.follow(callId, fromWire(admission));
        },
        close: ({ callId }) => {
          local.close(callId);
        },
      },
    });
    local.listen({
      notify: (sessionId, notification) => {
        this.#notify(sessionId, notification);
      },
      closed: (sessionId, owner, why) => {
        this.#closed(sessionId, owner, why);
      },
    });
  }

  /** The session is now on a socket of this node. */
  takeHere(claim: SessionClaim): void {
    this.#claimed(claim);
    const before = this.#via.get(claim.sessionId);
    this.#via.delete(claim.sessionId);
    if (before !== undefined) this.#tellTaken(before, claim.sessionId);
  }

  /** The session was given up here. */
  forget(sessionId: SessionId): void {
    this.#via.delete(sessionId);
  }

  nodeGone(nodeId: NodeId): void {
    for (const [sessionId, via] of [...this.#via]) {
      if (via !== nodeId) continue;
      this.#via.delete(sessionId);
      this.#options.listener.cutOff(sessionId);
    }
  }

  #sessionRequests(): NodeRequestHandlers {
    const { local, listener } = this.#options;
    return {
      join: (params, from) => this.#join(params, from),
      take: (claim, from) => {
        const { sessionId } = claim;
        const { ownerTerm } = this.#claimed(claim);
        const before = this.#via.get(sessionId);
        this.#via.set(sessionId, from);
        if (before === undefined) listener.taken(sessionId);
        else if (before !== from) this.#tellTaken(before, sessionId);
        return Promise.resolve({ ownerTerm, subscriptions: [...local.subscriptionsOf(sessionId)] });
      },
      subscriptions: ({ sessionId }, from) => {
        this.#mustTalkThrough(from, sessionId);
        return Promise.resolve({ subscriptions: [...local.subscriptionsOf(sessionId)] });
      },
    };
  }

  #mediaRequests(): NodeRequestHandlers {
    const { local } = this.#options;
    const done = <P extends { readonly sessionId: SessionId }>(act: (params: P) => Promise<void>) => {
      return async (params: P, from: NodeId): Promise<Record<string, never>> => {
        this.#mustTalkThrough(from, params.sessionId);
        await act(params);
        return {};
      };
    };
    return {
      publish: done<NodeRequestParams['publish']>(({ sessionId, tracks, dtlsParameters }) =>
        local.publish(sessionId, tracks, dtlsParameters),
      ),
      connect: done<NodeRequestParams['connect']>(({ sessionId, direction, dtlsParameters }) =>
        local.connect(sessionId, direction, dtlsParameters),
      ),
      unpublish: done<NodeRequestParams['unpublish']>(({ sessionId, trackIds }) =>
        local.unpublish(sessionId, trackIds),
      ),
      pause: done<NodeRequestParams['pause']>(({ sessionId, trackId, paused }) =>
        local.pause(sessionId, trackId, paused),
      ),
      ready: done<NodeRequestParams['ready']>(({ sessionId, subscriptionIds }) =>
        local.ready(sessionId, subscriptionIds),
      ),
      prefer: done<NodeRequestParams['prefer']>((params) => local.prefer(params)),
      restartIce: async ({ sessionId, direction }, from) => {
        this.#mustTalkThrough(from, sessionId);
        return { iceParameters: await local.restartIce(sessionId, direction) };
      },
    };
  }

  async #join({ admission, ...request }: NodeRequestParams['join'], from: NodeId) {
    const { local } = this.#options;
    const { sessionId } = request;
    this.#via.set(sessionId, from);
    this.#joining.set(sessionId, true);
    try {
      const media = await local.join({ ...request, admission: fromWire(admission) });
      if (this.#joining.get(sessionId) !== true) {
        local.leave(sessionId, 'left');
        throw new CallError('session_not_found');
      }
      return { ...media, subscriptions: [...media.subscriptions] };
    } catch (error) {
      this.#via.delete(sessionId);
      throw error;
    } finally {
      this.#joining.delete(sessionId);
    }
  }

  #notify(sessionId: SessionId, notification: SessionNotification): void {
    const { messages, unsentNotices, listener } = this.#options;
    const to = this.#via.get(sessionId);
    if (to === undefined) {
      listener.notify(sessionId, notification);
      return;
    }
    const say = () => messages.tell(to, 'notify', { sessionId, notification });
    // Levels are sent repeatedly; only the newest counts.
    const passes = notification.method === 'speakers' || notification.method === 'subscription.layers';
    if (passes) void say().catch(() => undefined);
    else if (notification.method === 'session.moving') unsentNotices.say(to, sessionId, { say });
    else unsentNotices.say(to, sessionId, { say, again: () => this.#restate(to, sessionId) });
  }

  /** Replaces all notifications that were lost. */
  async #restate(to: NodeId, sessionId: SessionId): Promise<void> {
    const { local, messages } = this.#options;
    if (this.#via.get(sessionId) !== to || local.ownerOf(sessionId) === undefined) return;
    await messages.tell(to, 'restate', { sessionId, subscriptions: [...local.subscriptionsOf(sessionId)] });
  }

  #closed(sessionId: SessionId, owner: SessionOwner, why: SessionEnding): void {
    const { messages, unsentNotices, listener } = this.#options;
    const to = this.#via.get(sessionId);
    this.#via.delete(sessionId);
    if (to === undefined) listener.closed(sessionId, owner, why);
    else unsentNotices.say(to, sessionId, { say: () => messages.tell(to, 'closed', { sessionId, why }) });
  }

  #tellTaken(to: NodeId, sessionId: SessionId): void {
    const { messages } = this.#options;
    // If this is lost, that node later reports that its client is gone; the node that has the session answers the
    // report.
    void messages.tell(to, 'taken', { sessionId }).catch(() => undefined);
  }

  #claimed({ callId, sessionId, device }: SessionClaim): SessionOwner {
    const owner = this.#options.local.ownerOf(sessionId);
    const isTheirs = owner?.device.userId === device.userId && owner.device.deviceId === device.deviceId;
    if (owner?.callId !== callId || !isTheirs) throw new CallError('session_not_found');
    return owner;
  }

  #mustTalkThrough(nodeId: NodeId, sessionId: SessionId): void {
    if (this.#via.get(sessionId) !== nodeId) throw new CallError('session_not_found');
  }
}
