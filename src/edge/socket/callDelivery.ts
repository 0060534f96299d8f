/** Delivers a user's calls to their connected devices, and catches up after notifications were lost. */
import { participantOf } from '../../domain/call/call.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../domain/media/admission.ts';
import type { Call } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallChange, CallFeed } from '../../ports/call/callFeed.ts';
import type { Log } from '../../ports/system/log.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';
import type { CallView } from '../../protocol/shared/calls.ts';
import { callView, eventView } from '../callView.ts';
import { frameOf } from './connection.ts';
import type { Connection } from './connection.ts';
import { SerialQueue } from '../../support/serialQueue.ts';

export interface CallDeliveryOptions {
  readonly feed: CallFeed;
  readonly log: Log;
  readonly ticketFor: (call: Call, userId: UserId) => Promise<string>;
  readonly liveCalls: (userId: UserId) => Promise<readonly { readonly call: Call }[]>;
  readonly loadCall: (callId: Call['id']) => Promise<Call | undefined>;
  /** Throws `unauthenticated` if the user was erased or signed out since, and `unavailable`. */
  readonly mustStillBe: (holder: TokenHolder) => Promise<void>;
  /** Applies a change of a call to the sessions on this device's socket. */
  readonly followOnSocket: (call: Call, device: Device) => Promise<void>;
}

const askAgainMs = 1_000;

export class CallDelivery {
  readonly #options: CallDeliveryOptions;
  /** Keeps the deliveries to each connection in order. */
  readonly #turns = new WeakMap<Connection, SerialQueue>();
  /** The encoded frames of a change, by the one field in which they differ. */
  readonly #frames = new WeakMap<CallChange, Map<CallView['answeredHere'], string>>();

  constructor(options: CallDeliveryOptions) {
    this.#options = options;
  }

  async greet(connection: Connection, userId: UserId): Promise<void> {
    const stop = await this.#options.feed.onUser(userId, (change) => {
      this.#inTurn(connection, userId, change).catch((error: unknown) => {
        this.#options.log.error('failed to deliver an event of a call', { callId: change.call.id, userId, error });
      });
    });
    connection.whenClosed(() => {
      stop().catch((error: unknown) => {
        this.#options.log.warn('failed to unsubscribe a socket from a user', { userId, error });
      });
    });
  }

  /** Notifications may have been lost: sends the current state of every call of this client. */
  async catchUp(connection: Connection): Promise<void> {
    if (connection.identity === undefined) return;
    const { userId } = connection.identity;
    if (!(await this.#mayHear(connection))) return;
    const live = (await this.#options.liveCalls(userId)).map(({ call }) => call);
    const missing = [...connection.knownCalls].filter((callId) => live.every(({ id }) => id !== callId));
    const over = await Promise.all(missing.map((callId) => this.#options.loadCall(callId)));
    for (const call of [...live, ...over]) {
      if (call !== undefined) await this.#inTurn(connection, userId, { call, events: [] });
    }
  }

  #inTurn(connection: Connection, userId: UserId, change: CallChange): Promise<void> {
    const turns = this.#turns.get(connection) ?? new SerialQueue();
    this.#turns.set(connection, turns);
    return turns.run(() => this.#deliver(connection, userId, change));
  }

  /**
   * A socket may outlive its user for a moment, and the user id may then belong to somebody else. So new calls go only
   * to the user who said hello. While the store is unavailable, nothing new is sent.
   */
  async #mayHear(connection: Connection): Promise<boolean> {
    while (connection.isOpen && connection.identity !== undefined) {
      try {
        await this.#options.mustStillBe(connection.identity);
        return true;
      } catch (error) {
        if (!(error instanceof CallError) || error.code !== 'unavailable') return false;
        await delay(askAgainMs);
      }
    }
    return false;
  }

  async #deliver(connection: Connection, userId: UserId, change: CallChange): Promise<void> {
    const { call, events } = change;
    const viewer = connection.identity;
    const participant = participantOf(call, userId);
    if (viewer === undefined || participant === undefined) return;
    this.#follow(connection, call, viewer);
    // A user who has left is notified of that, and of nothing that comes after it.
    const isNew = !connection.knownCalls.has(call.id);
    if (isNew && !(await this.#mayHear(connection))) return;
    if (isNew && participant.state === 'gone' && participant.era !== call.version && events.length > 0) return;
    if (participant.state === 'gone') connection.knownCalls.delete(call.id);
    else connection.knownCalls.add(call.id);
    const view = callView(call, viewer);
    if (isNew && participant.state === 'invited') {
      const ticket = await this.#options.ticketFor(call, userId);
      connection.notify({ method: 'call.incoming', params: { call: view, ticket } });
    } else {
      connection.tell(this.#changedFrame(change, view));
    }
  }

  /**
   * In a group call, all devices except those in the call get the same frame, so it is encoded once for all of them.
   */
  #changedFrame(change: CallChange, view: CallView): string {
    const made = this.#frames.get(change) ?? new Map<CallView['answeredHere'], string>();
    this.#frames.set(change, made);
    const known = made.get(view.answeredHere);
    if (known !== undefined) return known;
    const frame = frameOf({ method: 'call.changed', params: { call: view, events: change.events.map(eventView) } });
    made.set(view.answeredHere, frame);
    return frame;
  }

  /** One run at a time per call: changes come in bursts, and each run ends with a look at the current state. */
  #follow(connection: Connection, call: Call, { userId, deviceId }: Device): void {
    if (connection.followedCalls.has(call.id)) return;
    connection.followedCalls.add(call.id);
    this.#options
      .followOnSocket(call, { userId, deviceId })
      .catch((error: unknown) => {
        this.#options.log.warn('failed to subscribe a socket to a call', { callId: call.id, userId, error });
      })
      .finally(() => connection.followedCalls.delete(call.id))
      .catch(() => undefined);
  }
}
