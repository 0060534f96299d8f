/**
 * Viewers on sockets of this node. A viewer's session ends with its ticket and the grace after it, when the ticket is
 * revoked or the user is removed, and when somebody joins the call who blocks them or is blocked by them.
 */
import { joinedOf } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, Instant, SessionId, UserId } from '../../../domain/kernel/ids.ts';
import type { CallChange, CallFeed, StopListening } from '../../../ports/call/callFeed.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import type { Log } from '../../../ports/system/log.ts';
import type { Relations } from '../../../ports/people/relations.ts';
import type { RightsChange } from '../../../ports/people/rightsLog.ts';
import type { ViewersPage, Watching } from '../../../ports/media/viewers.ts';
import type { HeldTicket, ViewerTickets } from '../../../ports/media/viewerTickets.ts';
import type { Notification } from '../../../protocol/socket/notifications.ts';
import { wait } from '../../../support/wait.ts';
import { noticeAt } from '../../people/expiryNotice.ts';

export type ViewerEnding = 'removed' | 'ticket_expired';

export interface LocalViewersOptions {
  readonly feed: Pick<CallFeed, 'onCall'>;
  readonly store: Pick<CallStore, 'load'>;
  readonly tickets: ViewerTickets;
  readonly relations: Pick<Relations, 'blocksBetween'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a session outlives its ticket. */
  readonly graceMs: number;
  readonly notify: (sessionId: SessionId, notification: Notification) => void;
  /** Ends the media of the session now, and gives its client the reason. */
  readonly end: (sessionId: SessionId, why: ViewerEnding) => void;
}

interface Viewing {
  readonly sessionId: SessionId;
  held: HeldTicket;
  noticeAt: Instant;
  endsAt: Instant;
  isEnding: boolean;
}

interface WatchedCall {
  readonly viewings: Map<SessionId, Viewing>;
  readonly listening: Promise<StopListening>;
}

/** How many viewers are compared together. The pause after each page keeps other work from waiting. */
const pageSize = 100;
const pageEveryMs = 20;

export class LocalViewers {
  readonly #options: LocalViewersOptions;
  readonly #calls = new Map<CallId, WatchedCall>();
  readonly #callOf = new Map<SessionId, CallId>();

  constructor(options: LocalViewersOptions) {
    this.#options = options;
  }

  /** Resolves once every later end of the session's rights will be noticed. Throws `unavailable`. */
  async begin(sessionId: SessionId, held: HeldTicket): Promise<void> {
    const call = this.#calls.get(held.callId) ?? this.#watch(held.callId);
    call.viewings.set(sessionId, { sessionId, held, ...this.#times(held), isEnding: false });
    this.#callOf.set(sessionId, held.callId);
    await call.listening;
  }

  /** The session is gone, for whatever reason. May be called for sessions that are not a viewer's. */
  ended(sessionId: SessionId): void {
    const viewing = this.#viewing(sessionId);
    if (viewing === undefined) return;
    this.#forget(viewing);
    const { ticketId, deviceId } = viewing.held;
    this.#options.tickets.release(ticketId, deviceId).catch((error: unknown) => {
      // The place expires with the ticket, which is short-lived.
      this.#options.log.debug('failed to release the place of a ticket', { sessionId, error });
    });
  }

  heldBy(sessionId: SessionId): HeldTicket | undefined {
    return this.#viewing(sessionId)?.held;
  }

  /** The client has sent a newer ticket. */
  renewed(sessionId: SessionId, held: HeldTicket): void {
    const viewing = this.#viewing(sessionId);
    if (viewing === undefined) throw new CallError('session_not_found');
    const before = viewing.held;
    Object.assign(viewing, { held, ...this.#times(held) });
    if (before.ticketId === held.ticketId) return;
    this.#options.tickets.release(before.ticketId, before.deviceId).catch((error: unknown) => {
      this.#options.log.debug('failed to release the place of a ticket', { sessionId, error });
    });
  }

  /** In the order of user ids. */
  page(callId: CallId, { after, limit }: ViewersPage): readonly Watching[] {
    const devices = new Map<UserId, number>();
    for (const { held } of this.#calls.get(callId)?.viewings.values() ?? []) {
      if (after === undefined || held.userId > after) devices.set(held.userId, (devices.get(held.userId) ?? 0) + 1);
    }
    const all = [...devices].map(([userId, count]) => ({ userId, devices: count }));
    return all.sort((one, other) => (one.userId < other.userId ? -1 : 1)).slice(0, limit);
  }

  heed(change: Exclude<RightsChange, { readonly kind: 'user' }>): void {
    if (change.kind === 'ticket') {
      for (const viewing of this.#all()) if (viewing.held.ticketId === change.ticketId) this.#end(viewing, 'removed');
      return;
    }
    for (const viewing of [...(this.#calls.get(change.callId)?.viewings.values() ?? [])]) {
      const { userId, mark } = viewing.held;
      if (userId === change.userId && mark < change.mark) this.#end(viewing, 'removed');
    }
  }

  /** Checks the clock. Call this at least twice a second. */
  look(): void {
    const now = this.#options.clock.now();
    for (const viewing of this.#all()) {
      if (now >= viewing.noticeAt) {
        viewing.noticeAt = Infinity;
        const params = { sessionId: viewing.sessionId, expiresAt: viewing.held.expiresAt };
        this.#options.notify(viewing.sessionId, { method: 'ticket.expiring', params });
      }
      if (now >= viewing.endsAt && !viewing.isEnding) void this.#expire(viewing);
    }
  }

  /** Compares every viewer with the store, page by page. Run after messages may have been lost, and now and then. */
  async compareAll(): Promise<void> {
    const all = this.#all();
    for (let begin = 0; begin < all.length; begin += pageSize) {
      const page = all.slice(begin, begin + pageSize);
      await Promise.all(
        page.map(async (viewing) => {
          if (await this.#options.tickets.isVoid(viewing.held)) this.#end(viewing, 'removed');
        }),
      );
      await wait(pageEveryMs);
    }
    for (const callId of [...this.#calls.keys()]) {
      const call = await this.#options.store.load(callId);
      if (call === undefined || call.phase === 'ended') continue;
      for (const { userId } of joinedOf(call)) await this.#partFrom(callId, userId);
      await wait(pageEveryMs);
    }
  }

  /** Removes viewers who block this participant, or are blocked by them. */
  async #partFrom(callId: CallId, entrant: UserId): Promise<void> {
    const viewings = [...(this.#calls.get(callId)?.viewings.values() ?? [])];
    for (let begin = 0; begin < viewings.length; begin += pageSize) {
      const page = viewings.slice(begin, begin + pageSize);
      const userIds = [...new Set(page.map(({ held }) => held.userId))];
      const blocks = await this.#options.relations.blocksBetween(entrant, userIds);
      const apart = new Set(blocks.map(({ blocker, target }) => (blocker === entrant ? target : blocker)));
      for (const viewing of page) if (apart.has(viewing.held.userId)) this.#end(viewing, 'removed');
    }
  }

  #watch(callId: CallId): WatchedCall {
    const listening = this.#options.feed.onCall(callId, (change) => {
      this.#heard(change);
    });
    const call: WatchedCall = { viewings: new Map(), listening };
    this.#calls.set(callId, call);
    // Callers that await it get the error. The next viewer subscribes anew.
    listening.catch(() => {
      if (this.#calls.get(callId) === call) this.#calls.delete(callId);
    });
    return call;
  }

  #heard({ call, events }: CallChange): void {
    for (const event of events) {
      if (event.type !== 'call.answered' && event.type !== 'call.rejoined') continue;
      this.#partFrom(call.id, event.userId).catch((error: unknown) => {
        // The next comparison finds it.
        this.#options.log.warn('failed to check whether viewers may still watch', { callId: call.id, error });
      });
    }
  }

  /**
   * While the store is unavailable no ticket can be renewed. Watching continues, and the grace begins when the store is
   * back.
   */
  async #expire(viewing: Viewing): Promise<void> {
    viewing.isEnding = true;
    const { clock, tickets, graceMs } = this.#options;
    const { held } = viewing;
    try {
      await tickets.isVoid(held);
      if (viewing.held === held) this.#end(viewing, 'ticket_expired');
    } catch {
      if (viewing.held !== held) return;
      viewing.endsAt = clock.now() + graceMs;
      viewing.noticeAt = clock.now();
    } finally {
      viewing.isEnding = false;
    }
  }

  #end(viewing: Viewing, why: ViewerEnding): void {
    if (this.#viewing(viewing.sessionId) === viewing) this.#options.end(viewing.sessionId, why);
  }

  #forget({ sessionId, held: { callId } }: Viewing): void {
    this.#callOf.delete(sessionId);
    const call = this.#calls.get(callId);
    call?.viewings.delete(sessionId);
    if (call === undefined || call.viewings.size > 0) return;
    this.#calls.delete(callId);
    call.listening
      .then((stop) => stop())
      .catch((error: unknown) => {
        this.#options.log.debug('failed to unsubscribe from a call', { callId, error });
      });
  }

  #times({ expiresAt }: HeldTicket): Pick<Viewing, 'noticeAt' | 'endsAt'> {
    const { clock, graceMs } = this.#options;
    return { noticeAt: noticeAt(expiresAt, clock.now()), endsAt: expiresAt + graceMs };
  }

  #viewing(sessionId: SessionId): Viewing | undefined {
    const callId = this.#callOf.get(sessionId);
    return callId === undefined ? undefined : this.#calls.get(callId)?.viewings.get(sessionId);
  }

  #all(): readonly Viewing[] {
    return [...this.#calls.values()].flatMap(({ viewings }) => [...viewings.values()]);
  }
}
