/** Keeps a session for one call on one device as long as the call lives, by the rules of the SDK. */
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../../../src/client/connection/backoff.ts';
import { callId as callIdSchema } from '../../../src/protocol/shared/ids.ts';
import type { RtpCapabilities } from '../../../src/protocol/shared/media.ts';
import type { SessionEnding, Subscription } from '../../../src/protocol/socket/notifications.ts';
import type { Ears } from './ears.ts';
import type { Link } from './link.ts';
import { Seat } from './seat.ts';
import type { SessionId } from './seat.ts';

export interface CallLineOptions {
  readonly callId: string;
  readonly link: Link;
  readonly ears: Ears;
  readonly localAddress: string;
  readonly media: boolean;
  readonly rtpCapabilities: () => RtpCapabilities;
  /** A new ticket for the same call; undefined when there is none to be had now. */
  readonly freshTicket: () => Promise<string | undefined>;
  readonly note: (what: 'joined' | 'resumed' | 'moving' | { readonly refused: string; readonly why: string }) => void;
}

/** How long the session before a move is kept for what the new one does not deliver yet. */
const moveLimitMs = 5_000;
const lookEveryMs = 20;
/** Others may not have taken over yet what this device sends. */
const lingerMs = 1_000;
/** For these there is nothing more to try. */
const final = /call_ended|call_not_found|answered_elsewhere/;
const ticketRefused = /ticket_expired|ticket_invalid/;

export class CallLine {
  readonly #options: CallLineOptions;
  ticket: string;
  seat: Seat | undefined;
  /** The one that is being left, in a move. */
  #former: Seat | undefined;
  #joining = false;
  #closed = false;
  /** What was offered to sessions whose own join is not answered here yet. */
  readonly #early = new Map<SessionId, Subscription[]>();

  constructor(ticket: string, options: CallLineOptions) {
    this.ticket = ticket;
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Until there is a session or the call is over. */
  async join(): Promise<void> {
    if (this.#joining || this.#closed || this.seat !== undefined) return;
    this.#joining = true;
    try {
      for (let attempt = 0; !this.#isClosed(); attempt += 1) {
        try {
          this.#use(await this.#take());
          this.#options.note('joined');
          return;
        } catch (error) {
          if (!(await this.#mayTryAgain('join', error))) return;
          await delay(backoffMs(attempt));
        }
      }
    } finally {
      this.#joining = false;
    }
  }

  /** On a new socket. A server that cannot tell yet whose session it is is asked again. */
  async resume(): Promise<void> {
    const { seat } = this;
    if (seat === undefined) return this.join();
    if (seat.broken) return this.#rejoin(seat);
    for (let attempt = 0; this.seat === seat && !this.#isClosed(); attempt += 1) {
      try {
        const resumed = await this.#options.link.request('resume', {
          sessionId: seat.sessionId,
          callId: callIdSchema.parse(this.#options.callId),
        });
        this.ticket = resumed.call.ticket;
        this.#options.note('resumed');
        await seat.reconcile(resumed.subscriptions);
        return;
      } catch (error) {
        const why = String(error);
        this.#options.note({ refused: 'resume', why });
        if (why.includes('session_not_found')) return this.#rejoin(seat);
        // Any other failure is of the socket, whose successor resumes again.
        if (!/unavailable|busy|overloaded/.test(why)) return;
        await delay(backoffMs(attempt));
      }
    }
  }

  async sessionClosed(sessionId: SessionId, why: SessionEnding): Promise<void> {
    if (this.#former?.sessionId === sessionId) this.#former.close();
    if (this.seat?.sessionId !== sessionId) return;
    if (why === 'media_lost') await this.#rejoin(this.seat);
    else {
      this.seat.close();
      this.seat = undefined;
    }
  }

  /** The broadcast goes elsewhere: a second session there, and the first until that one delivers all that it did. */
  async move(sessionId: SessionId): Promise<void> {
    const before = this.seat;
    if (before?.sessionId !== sessionId || this.#joining || this.#closed) return;
    this.#options.note('moving');
    this.#joining = true;
    this.#former = before;
    try {
      const seat = await this.#takeUntil(before);
      if (seat === undefined) return;
      const began = performance.now();
      const delivers = () => [...before.heardFrom].every((speaker) => seat.heardFrom.has(speaker));
      while (!delivers() && performance.now() - began < moveLimitMs && !before.closed) await delay(lookEveryMs);
      if (!before.closed) await delay(lingerMs);
      await this.#options.link.request('leaveSession', { sessionId }).catch(() => undefined);
    } finally {
      before.close();
      this.#former = undefined;
      this.#joining = false;
      if (this.seat === before) {
        this.seat = undefined;
        void this.join();
      }
    }
  }

  /** Gives its session up and joins anew, as a page that was loaded again. */
  async renew(): Promise<void> {
    const before = this.seat;
    if (before === undefined) return this.join();
    try {
      await this.#options.link.request('leaveSession', { sessionId: before.sessionId });
    } catch (error) {
      // The server took it away at the same moment.
      if (!String(error).includes('session_not_found')) throw error;
    }
    await this.#rejoin(before);
  }

  added(sessionId: SessionId, subscriptions: readonly Subscription[]): void {
    const seat = this.#of(sessionId);
    if (seat === undefined) this.#early.set(sessionId, [...(this.#early.get(sessionId) ?? []), ...subscriptions]);
    else this.#takeUp(seat, subscriptions);
  }

  removed(sessionId: SessionId, subscriptionIds: readonly string[]): void {
    this.#of(sessionId)?.removed(subscriptionIds);
  }

  has(sessionId: SessionId): boolean {
    return this.#of(sessionId) !== undefined;
  }

  close(): void {
    this.#closed = true;
    this.seat?.close();
    this.#former?.close();
    this.seat = undefined;
  }

  #of(sessionId: SessionId): Seat | undefined {
    return [this.seat, this.#former].find((one) => one?.sessionId === sessionId);
  }

  async #rejoin(seat: Seat): Promise<void> {
    seat.close();
    if (this.seat === seat) this.seat = undefined;
    await this.join();
  }

  async #take(): Promise<Seat> {
    const { callId, link, ears, localAddress, media, rtpCapabilities } = this.#options;
    const { ticket } = this;
    const taken = await Seat.take({
      callId,
      ticket,
      link,
      ears,
      localAddress,
      media,
      rtpCapabilities: rtpCapabilities(),
      still: () => {
        link.renew();
      },
    });
    const { seat } = taken;
    if (this.#isClosed()) {
      seat.close();
      throw new Error('call_ended meanwhile');
    }
    const early = this.#early.get(seat.sessionId) ?? [];
    this.#early.clear();
    this.#takeUp(seat, [...taken.subscriptions, ...early]);
    return seat;
  }

  #use(seat: Seat): void {
    this.seat = seat;
    seat.speak().catch((error: unknown) => {
      this.#failed(seat, 'publish', error);
    });
  }

  #takeUp(seat: Seat, subscriptions: readonly Subscription[]): void {
    seat.added(subscriptions).catch((error: unknown) => {
      this.#failed(seat, 'subscribe', error);
    });
  }

  /** What a lost socket took with it is done again on the next; what went wrong otherwise, at once. */
  #failed(seat: Seat, what: string, error: unknown): void {
    if (seat.closed || this.#closed) return;
    this.#options.note({ refused: what, why: String(error) });
    seat.broken = true;
    if (this.#options.link.isOpen) void this.#rejoin(seat);
  }

  async #takeUntil(before: Seat): Promise<Seat | undefined> {
    for (let attempt = 0; !this.#isClosed() && !before.closed; attempt += 1) {
      try {
        const seat = await this.#take();
        this.#use(seat);
        this.#options.note('joined');
        return seat;
      } catch (error) {
        if (!(await this.#mayTryAgain('join', error))) return undefined;
        await delay(backoffMs(attempt));
      }
    }
    return undefined;
  }

  async #mayTryAgain(what: string, error: unknown): Promise<boolean> {
    const why = String(error);
    this.#options.note({ refused: what, why });
    if (this.#closed || final.test(why)) return false;
    if (ticketRefused.test(why)) this.ticket = (await this.#options.freshTicket()) ?? this.ticket;
    return true;
  }

  // A method, since it changes while awaiting, which narrowing of the field would not see.
  #isClosed(): boolean {
    return this.#closed;
  }
}
