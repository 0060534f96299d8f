/** Sessions at other nodes whose clients are connected to this one. */
import type { Admission, Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId, SessionId } from '../../domain/kernel/ids.ts';
import type {
  JoinedMedia,
  JoinRequest,
  OwnerChange,
  SessionClaim,
  SessionListener,
  SessionOwner,
} from '../../ports/media/sessions.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { SessionEnding, Subscription } from '../../protocol/socket/notifications.ts';
import { toWire } from '../../protocol/internal/admissionWire.ts';
import { RemoteSession } from './remoteSession.ts';
import type { UnsentNotices } from './unsentNotices.ts';

export interface SessionsElsewhereOptions {
  readonly messages: NodeMessages;
  readonly unsentNotices: UnsentNotices;
  readonly listener: SessionListener;
}

const askAgainMs = 1_000;

export class SessionsElsewhere {
  readonly #messages: NodeMessages;
  readonly #unsentNotices: UnsentNotices;
  readonly #listener: SessionListener;
  readonly #sessions = new Map<SessionId, RemoteSession>();
  readonly #byCall = new Map<CallId, Set<RemoteSession>>();

  constructor({ messages, unsentNotices, listener }: SessionsElsewhereOptions) {
    this.#messages = messages;
    this.#unsentNotices = unsentNotices;
    this.#listener = listener;
    messages.serve({
      notices: {
        notify: ({ sessionId, notification }, from) => {
          const session = this.#from(from, sessionId);
          session?.hear(notification);
          if (session !== undefined) listener.notify(sessionId, notification);
        },
        closed: ({ sessionId, why }, from) => {
          this.#end(this.#from(from, sessionId), why);
        },
        taken: ({ sessionId }, from) => {
          const session = this.#from(from, sessionId);
          if (session === undefined) return;
          this.#forget(session);
          listener.taken(sessionId);
        },
        restate: ({ sessionId, subscriptions }, from) => {
          this.#restate(this.#from(from, sessionId), subscriptions);
        },
      },
    });
    messages.onGap(() => {
      for (const session of this.#sessions.values()) void this.#compare(session);
    });
  }

  get(sessionId: SessionId): RemoteSession | undefined {
    return this.#sessions.get(sessionId);
  }

  async join(request: JoinRequest, nodeId: NodeId): Promise<JoinedMedia> {
    const { sessionId, callId, device, ownerTerm, rtpCapabilities, mayPublish, admission } = request;
    const role = request.asViewer === true ? { asViewer: true } : {};
    const session = this.#add(sessionId, nodeId, { callId, device, ownerTerm, ...role });
    session.version = admission.version;
    try {
      const media = await this.#messages.request(nodeId, 'join', {
        callId,
        sessionId,
        device,
        ownerTerm,
        rtpCapabilities,
        mayPublish,
        ...role,
        admission: toWire(admission),
      });
      // The session or its owner may be gone already.
      if (this.#sessions.get(sessionId) !== session) throw new CallError('unavailable');
      session.begin(media.subscriptions);
      return media;
    } catch (error) {
      // The owner may have made the session.
      if (error instanceof CallError && error.code === 'unavailable') this.leave(session, 'left');
      this.#forget(session);
      throw error;
    }
  }

  /** Also if this node has it already: another may have taken it meanwhile. */
  async take({ callId, sessionId, device, nodeId }: SessionClaim): Promise<void> {
    const before = this.#sessions.get(sessionId);
    const at = before?.nodeId ?? nodeId;
    if (at === undefined) throw new CallError('session_not_found');
    const session = before ?? this.#add(sessionId, at, { callId, device, ownerTerm: 1 });
    try {
      const { subscriptions, ownerTerm } = await this.#messages.request(at, 'take', { callId, sessionId, device });
      session.begin(subscriptions, ownerTerm);
    } catch (error) {
      const isGone = error instanceof CallError && error.code === 'session_not_found';
      if (isGone || before === undefined) this.#forget(session);
      throw error;
    }
  }

  leave(session: RemoteSession, why: SessionEnding): void {
    this.#forget(session);
    const { id: sessionId, nodeId } = session;
    this.#unsentNotices.say(nodeId, sessionId, { say: () => this.#messages.tell(nodeId, 'leave', { sessionId, why }) });
  }

  /** Sends the admission to owners of the call's sessions that may not have it yet. */
  follow(callId: CallId, admission: Admission): void {
    for (const session of this.#byCall.get(callId) ?? []) {
      if (session.version >= admission.version) continue;
      session.version = admission.version;
      const { id, nodeId } = session;
      const params = { callId, admission: toWire(admission) };
      this.#unsentNotices.say(nodeId, id, { say: () => this.#messages.tell(nodeId, 'follow', params) });
    }
  }

  close(callId: CallId): void {
    for (const { id, nodeId } of this.#byCall.get(callId) ?? []) {
      this.#unsentNotices.say(nodeId, id, { say: () => this.#messages.tell(nodeId, 'close', { callId }) });
    }
  }

  moved({ callId, device, ownerTerm, lost }: OwnerChange): void {
    for (const session of [...(this.#byCall.get(callId) ?? [])]) {
      const { owner, askedFor } = session;
      if (owner.ownerTerm >= ownerTerm || !isSame(owner.device, device)) continue;
      if (lost) this.#end(session, 'media_lost');
      else if (askedFor < ownerTerm) {
        session.askedFor = ownerTerm;
        void this.#compare(session, { orLost: true });
      }
    }
  }

  nodeGone(nodeId: NodeId): void {
    for (const session of [...this.#sessions.values()]) if (session.nodeId === nodeId) this.#end(session, 'media_lost');
  }

  /**
   * Compares with the owner. A session that the owner does not know is lost; `orLost`: also if the owner cannot be
   * asked.
   */
  async #compare(session: RemoteSession, { orLost = false } = {}): Promise<void> {
    const { id: sessionId, nodeId } = session;
    while (this.#sessions.get(sessionId) === session) {
      try {
        const { subscriptions } = await this.#messages.request(nodeId, 'subscriptions', { sessionId });
        this.#restate(session, subscriptions);
        return;
      } catch (error) {
        const isGone = error instanceof CallError && error.code === 'session_not_found';
        if (isGone || orLost) {
          this.#end(session, 'media_lost');
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, askAgainMs).unref());
    }
  }

  #restate(session: RemoteSession | undefined, subscriptions: readonly Subscription[]): void {
    if (session === undefined || this.#sessions.get(session.id) !== session) return;
    for (const notification of session.missed(subscriptions)) {
      session.hear(notification);
      this.#listener.notify(session.id, notification);
    }
  }

  #end(session: RemoteSession | undefined, why: SessionEnding): void {
    if (session === undefined || this.#sessions.get(session.id) !== session) return;
    this.#forget(session);
    this.#listener.closed(session.id, session.owner, why);
  }

  #from(nodeId: NodeId, sessionId: SessionId): RemoteSession | undefined {
    const session = this.#sessions.get(sessionId);
    return session?.nodeId === nodeId ? session : undefined;
  }

  #add(sessionId: SessionId, nodeId: NodeId, owner: SessionOwner): RemoteSession {
    const session = new RemoteSession(sessionId, nodeId, owner);
    this.#sessions.set(sessionId, session);
    const ofCall = this.#byCall.get(owner.callId) ?? new Set();
    this.#byCall.set(owner.callId, ofCall.add(session));
    return session;
  }

  #forget(session: RemoteSession): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
    const { callId } = session.owner;
    const ofCall = this.#byCall.get(callId);
    if (ofCall?.delete(session) === true && ofCall.size === 0) this.#byCall.delete(callId);
  }
}

function isSame(a: Device, b: Device): boolean {
  return a.userId === b.userId && a.deviceId === b.deviceId;
}
