/**
 * The rights of open sockets. A socket ends with its user's generation, with its token and the grace after it, and when
 * its device says hello on another socket of any node.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CallError } from '../../domain/kernel/errors.ts';
import type { Instant, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { DeviceSeats } from '../../ports/people/deviceSeats.ts';
import type { Log } from '../../ports/system/log.ts';
import { rightsLogLength, rightsLogMs } from '../../ports/people/rightsLog.ts';
import type { RightsChange, RightsLog } from '../../ports/people/rightsLog.ts';
import { noticeAt } from '../../commands/people/expiryNotice.ts';
import type { Connection } from './connection.ts';

export interface SocketRightsOptions {
  readonly seats: DeviceSeats;
  readonly rights: RightsLog;
  readonly clock: Clock;
  readonly log: Log;
  /** The user's current generation. Throws `unavailable`. */
  readonly generationOf: (userId: UserId) => Promise<string | undefined>;
  /** Ends the media of the session now. */
  readonly endSession: (sessionId: SessionId) => Promise<void>;
  /** How long a socket outlives its token. */
  readonly graceMs: number;
  /** Handles changes that do not concern the sockets of users. */
  readonly heedOther?: (change: Exclude<RightsChange, { readonly kind: 'user' }>) => void;
}

interface Held {
  noticeAt: Instant;
  /** The end of the token plus the grace, or later if it could not be renewed. */
  endsAt: Instant;
  isEnding: boolean;
  seat: number | undefined;
  newestClaim: number;
}

/** How many connections are compared together. The pause after each page keeps other work from waiting. */
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

  /**
   * Resolves once every later end of the connection's rights will be noticed. Throws `unavailable` or
   * `too_many_devices`.
   */
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
        log.warn('failed to unsubscribe from other connections of a device', { userId, error });
      });
    });
    const seat = await seats.claim({ userId, deviceId });
    if (seat === 'full') throw new CallError('too_many_devices');
    held.seat = seat;
    compareSeat(connection, held);
  }

  /** The client has sent a newer token of the same user. */
  renewed(connection: Connection): void {
    const held = this.#held.get(connection);
    const { identity } = connection;
    if (held === undefined || identity === undefined) return;
    Object.assign(held, this.#times(identity.expiresAt));
    connection.tokenIsOver = false;
  }

  /** Checks the clock, then reads which rights have ended since the last call. Call this at least twice a second. */
  async look(): Promise<void> {
    this.#expire();
    try {
      await this.#readOn();
    } catch (error) {
      // Reading continues from the same place when the store is back; the connection to the store reports that.
      if (!(error instanceof CallError && error.code === 'unavailable')) throw error;
    }
  }

  /**
   * Compares every connection with the store, page by page. Run after messages may have been lost, and now and then.
   */
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

  /**
   * While the store is unavailable nobody can renew a token. Calls continue, and the grace begins when the store is back.
   */
  async #tokenOver(connection: Connection, held: Held, userId: UserId): Promise<void> {
    held.isEnding = true;
    connection.tokenIsOver = true;
    const { clock, generationOf, graceMs, log } = this.#options;
    try {
      await generationOf(userId);
      if (isOver(connection)) this.#end(connection, 'token_expired');
    } catch (error) {
      log.debug('failed to check whether a token was renewed', { userId, error });
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
    // Changes since then may be gone from the log, so compare everything from here on.
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
    // Asked even if no socket is here: this process must not bring back an old generation from what it remembers of the
    // user.
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

  /** Ends media first, since a client need not answer the close handshake. */
  #end(connection: Connection, why: 'token_expired' | 'signed_out'): void {
    const { endSession, log } = this.#options;
    for (const sessionId of [...connection.sessions]) {
      endSession(sessionId).catch((error: unknown) => {
        log.warn('failed to report that a session was closed', { sessionId, error });
      });
    }
    connection.close(why);
  }
}

/** A function, since the token may be renewed during an `await`. */
function isOver({ tokenIsOver }: Connection): boolean {
  return tokenIsOver;
}

function compareSeat(connection: Connection, { seat, newestClaim }: Held): void {
  if (seat !== undefined && newestClaim > seat) connection.close('replaced');
}
