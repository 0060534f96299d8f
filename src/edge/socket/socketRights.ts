/**
 * What open sockets may, while it lasts: a socket ends with its user's generation, with its token after a grace, and when
 * its device says hello on another socket, on whichever node.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CallError } from '../../domain/kernel/errors.ts';
import type { Instant, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { DeviceSeats } from '../../ports/people/deviceSeats.ts';
import type { Log } from '../../ports/system/log.ts';
import { rightsLogLength, rightsLogMs } from '../../ports/people/rightsLog.ts';
import type { RightsChange, RightsLog } from '../../ports/people/rightsLog.ts';
import type { Connection } from './connection.ts';
import { noticeAt } from './expiry.ts';

export interface SocketRightsOptions {
  readonly seats: DeviceSeats;
  readonly rights: RightsLog;
  readonly clock: Clock;
  readonly log: Log;
  /** The user's generation now. Throws `unavailable`. */
  readonly generationOf: (userId: UserId) => Promise<string | undefined>;
  /** Media of the session ends now. */
  readonly endSession: (sessionId: SessionId) => Promise<void>;
  /** How long a socket outlives its token. */
  readonly graceMs: number;
  /** Changes that are not about users' sockets. */
  readonly heedOther?: (change: Exclude<RightsChange, { readonly kind: 'user' }>) => void;
}

interface Held {
  noticeAt: Instant;
  /** The token's end with the grace, or later when nobody could have renewed it. */
  endsAt: Instant;
  isEnding: boolean;
  seat: number | undefined;
  newestClaim: number;
}

/** Connections that are compared together, and the pause after each page: nothing else waits for it. */
const pageSize = 100;
const pageEveryMs = 20;
const changesAtOnce = 500;

export class SocketRights {
  readonly #options: SocketRightsOptions;
  readonly #held = new Map<Connection, Held>();
  readonly #byUser = new Map<UserId, Set<Connection>>();
  #position: string | undefined;
  #lastReadAt = 0;

  constructor(options: SocketRightsOptions) {
    this.#options = options;
  }

  /** Throws `unavailable` or `too_many_devices`. Resolves when whatever ends the connection's rights from now on is seen. */
  async enter(connection: Connection): Promise<void> {
    const { identity } = connection;
    if (identity === undefined || !connection.isOpen) return;
    const { seats, log } = this.#options;
    const { userId, deviceId } = identity;
    const held: Held = { ...this.#times(identity.expiresAt), isEnding: false, seat: undefined, newestClaim: 0 };
    this.#add(connection, held, userId);
    const stop = await seats.onClaim(userId, (claim) => {
      if (claim.deviceId !== deviceId) return;
      held.newestClaim = Math.max(held.newestClaim, claim.number);
      compareSeat(connection, held);
    });
    connection.whenClosed(() => {
      stop().catch((error: unknown) => {
        log.warn('listening for other connections of a device could not be ended', { userId, error });
      });
    });
    const seat = await seats.claim({ userId, deviceId });
    if (seat === 'full') throw new CallError('too_many_devices');
    held.seat = seat;
    compareSeat(connection, held);
  }

  /** The client has shown a newer token of the same user. */
  renewed(connection: Connection): void {
    const held = this.#held.get(connection);
    const { identity } = connection;
    if (held === undefined || identity === undefined) return;
    Object.assign(held, this.#times(identity.expiresAt));
    connection.tokenIsOver = false;
  }

  /** Looks at the clock, then reads what ended since it last did. To be called twice a second at least. */
  async look(): Promise<void> {
    this.#expire();
    try {
      await this.#readOn();
    } catch (error) {
      // Read on from the same place when the store is back, which the connection to it tells of.
      if (!(error instanceof CallError && error.code === 'unavailable')) throw error;
    }
  }

  /** After messages may have been lost, and now and then: every connection is compared with the store, page by page. */
  async compareAll(): Promise<void> {
    const all = [...this.#held.keys()];
    for (let begin = 0; begin < all.length; begin += pageSize) {
      await this.#compare(all.slice(begin, begin + pageSize).filter(({ isOpen }) => isOpen));
      await delay(pageEveryMs);
    }
  }

  #times(expiresAt: Instant): Pick<Held, 'noticeAt' | 'endsAt'> {
    const { clock, graceMs } = this.#options;
    return { noticeAt: noticeAt(expiresAt, clock.now()), endsAt: expiresAt + graceMs };
  }

  #add(connection: Connection, held: Held, userId: UserId): void {
    this.#held.set(connection, held);
    const ofUser = this.#byUser.get(userId) ?? new Set();
    this.#byUser.set(userId, ofUser.add(connection));
    connection.whenClosed(() => {
      this.#held.delete(connection);
      ofUser.delete(connection);
      if (ofUser.size === 0 && this.#byUser.get(userId) === ofUser) this.#byUser.delete(userId);
    });
  }

  #expire(): void {
    const now = this.#options.clock.now();
    for (const [connection, held] of this.#held) {
      const { identity } = connection;
      if (identity === undefined) continue;
      if (now >= held.noticeAt) {
        held.noticeAt = Infinity;
        connection.notify({ method: 'token.expiring', params: { expiresAt: identity.expiresAt } });
      }
      if (now >= held.endsAt && !held.isEnding) void this.#tokenOver(connection, held, identity.userId);
    }
  }

  /** While the store is away nobody can renew: calls go on, and the grace begins when it is back. */
  async #tokenOver(connection: Connection, held: Held, userId: UserId): Promise<void> {
    held.isEnding = true;
    connection.tokenIsOver = true;
    const { clock, generationOf, graceMs, log } = this.#options;
    try {
      await generationOf(userId);
      if (isOver(connection)) this.#end(connection, 'token_expired');
    } catch (error) {
      log.debug('whether a token was renewed cannot be seen yet', { userId, error });
      if (!isOver(connection)) return;
      held.endsAt = clock.now() + graceMs;
      held.noticeAt = clock.now();
    } finally {
      held.isEnding = false;
    }
  }

  async #readOn(): Promise<void> {
    const { rights } = this.#options;
    const isFirst = this.#position === undefined;
    const isLate = performance.now() - this.#lastReadAt > rightsLogMs / 2;
    // What came in between may be gone from the log; it is compared from here on.
    const mayHaveMissed = isLate && !isFirst;
    let position = this.#position === undefined || isLate ? await rights.end() : this.#position;
    let count = 0;
    for (;;) {
      const { changes, end } = await rights.after(position, changesAtOnce);
      for (const change of changes) await this.#heed(change);
      position = end;
      this.#position = position;
      this.#lastReadAt = performance.now();
      count += changes.length;
      if (changes.length < changesAtOnce) break;
    }
    if (mayHaveMissed || count >= rightsLogLength) await this.compareAll();
  }

  async #heed(change: RightsChange): Promise<void> {
    if (change.kind !== 'user') {
      this.#options.heedOther?.(change);
      return;
    }
    await this.#compareUser(change.userId, [...(this.#byUser.get(change.userId) ?? [])]);
  }

  async #compareUser(userId: UserId, connections: readonly Connection[]): Promise<void> {
    // Asked also when no socket is here: what this process knows of the user must not put an old generation back.
    const generation = await this.#options.generationOf(userId);
    for (const connection of connections) {
      if (connection.identity?.generation !== generation) this.#end(connection, 'signed_out');
    }
  }

  async #compare(page: readonly Connection[]): Promise<void> {
    const known = page.flatMap((connection) =>
      connection.identity === undefined ? [] : [{ connection, identity: connection.identity }],
    );
    await Promise.all(known.map(({ connection, identity }) => this.#compareUser(identity.userId, [connection])));
    const newest = await this.#options.seats.newest(known.map(({ identity }) => identity));
    for (const [index, { connection }] of known.entries()) {
      const held = this.#held.get(connection);
      if (held === undefined) continue;
      held.newestClaim = Math.max(held.newestClaim, newest[index] ?? 0);
      compareSeat(connection, held);
    }
  }

  /** Media first: a client need not answer the close handshake. */
  #end(connection: Connection, why: 'token_expired' | 'signed_out'): void {
    const { endSession, log } = this.#options;
    for (const sessionId of [...connection.sessions]) {
      endSession(sessionId).catch((error: unknown) => {
        log.warn('that a session was ended could not be reported', { sessionId, error });
      });
    }
    connection.close(why);
  }
}

/** A function, since it may be renewed while somebody waits. */
function isOver({ tokenIsOver }: Connection): boolean {
  return tokenIsOver;
}

function compareSeat(connection: Connection, { seat, newestClaim }: Held): void {
  if (seat !== undefined && newestClaim > seat) connection.close('replaced');
}
