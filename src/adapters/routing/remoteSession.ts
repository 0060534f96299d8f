/** A session at another node, as seen by the node that has its socket: whose it is, and its subscriptions. */
import type { NodeId, SessionId } from '../../domain/kernel/ids.ts';
import type { SessionNotification, SessionOwner } from '../../ports/media/sessions.ts';
import type { Subscription } from '../../protocol/socket/notifications.ts';

export class RemoteSession {
  readonly id: SessionId;
  /** The node that owns its broadcast. */
  readonly nodeId: NodeId;
  /** The newest version of the call that was sent to the owner through this session. */
  version = 0;
  /** The `ownerTerm` for which its owner was last asked whether it still has the session. */
  askedFor = 0;
  #owner: SessionOwner;
  /** Undefined until the owner has answered; earlier notifications are buffered. */
  #subscriptions: Map<string, Subscription> | undefined;
  #early: SessionNotification[] = [];

  constructor(id: SessionId, nodeId: NodeId, owner: SessionOwner) {
    this.id = id;
    this.nodeId = nodeId;
    this.#owner = owner;
  }

  get owner(): SessionOwner {
    return this.#owner;
  }

  get subscriptions(): readonly Subscription[] {
    return [...(this.#subscriptions?.values() ?? [])];
  }

  /** The owner's answer. Earlier notifications may be part of it already; they then change nothing. */
  begin(subscriptions: readonly Subscription[], ownerTerm = this.#owner.ownerTerm): void {
    this.#owner = { ...this.#owner, ownerTerm };
    this.#subscriptions = new Map(subscriptions.map((one) => [one.subscriptionId, one]));
    for (const notification of this.#early.splice(0)) this.hear(notification);
  }

  hear(notification: SessionNotification): void {
    const known = this.#subscriptions;
    if (known === undefined) {
      this.#early.push(notification);
      return;
    }
    if (notification.method === 'subscription.added') {
      for (const one of notification.params.subscriptions) known.set(one.subscriptionId, one);
    } else if (notification.method === 'subscription.removed') {
      for (const id of notification.params.subscriptionIds) known.delete(id);
    } else if (notification.method === 'subscription.paused') {
      const { subscriptionId, paused } = notification.params;
      const one = known.get(subscriptionId);
      if (one !== undefined) known.set(subscriptionId, { ...one, paused });
    }
  }

  /** Notifications that the client missed, if these are its subscriptions now. */
  missed(now: readonly Subscription[]): readonly SessionNotification[] {
    const known = this.#subscriptions;
    if (known === undefined) return [];
    const sessionId = this.id;
    const missed: SessionNotification[] = [];
    const ids = new Set(now.map(({ subscriptionId }) => subscriptionId));
    const subscriptionIds = [...known.keys()].filter((id) => !ids.has(id));
    if (subscriptionIds.length > 0) {
      missed.push({ method: 'subscription.removed', params: { sessionId, subscriptionIds } });
    }
    const subscriptions = now.filter(({ subscriptionId }) => !known.has(subscriptionId));
    if (subscriptions.length > 0) missed.push({ method: 'subscription.added', params: { sessionId, subscriptions } });
    for (const { subscriptionId, paused } of now) {
      const before = known.get(subscriptionId);
      if (before === undefined || before.paused === paused) continue;
      missed.push({ method: 'subscription.paused', params: { sessionId, subscriptionId, paused } });
    }
    return missed;
  }
}
