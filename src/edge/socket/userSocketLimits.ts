/**
 * Limits for all sockets of one user on this node: how many there are, how much they send, and how much is queued for
 * them. A socket without an identity is counted on its own.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import { spend, sustained } from '../rateLimiter.ts';

export interface UserSocketLimits {
  readonly messagesPerSecond: number;
  readonly messageBytesPerSecond: number;
  readonly socketsPerUser: number;
}

/** The part of a connection that is counted. */
export interface CountedSocket {
  readonly number: number;
  readonly identity: { readonly userId: UserId } | undefined;
  /** Bytes queued for its client. */
  readonly unreadBytes: number;
  whenClosed(undo: () => void): void;
}

/** For all sockets of a user: room for several slow devices at once. */
export const unreadBytesPerUser = 4 * 1024 * 1024;

/**
 * Sessions that a user opens or resumes within `sessionsOpenedSeconds`: each is an event for everybody in the call. All
 * devices of one user may come back at once, each with more than one attempt.
 */
export const maxSessionsOpened = 60;
const sessionsOpenedSeconds = 10;

export class UserSockets {
  readonly #limits: UserSocketLimits;
  readonly #sessions = new RateLimiterMemory({ points: maxSessionsOpened, duration: sessionsOpenedSeconds });
  readonly #messages: RateLimiterMemory;
  readonly #bytes: RateLimiterMemory;
  readonly #byUser = new Map<UserId, Set<CountedSocket>>();

  constructor(limits: UserSocketLimits) {
    this.#limits = limits;
    this.#messages = sustained(limits.messagesPerSecond);
    this.#bytes = sustained(limits.messageBytesPerSecond);
  }

  /** Throws `too_many_requests` if this user sends too much over all sockets together. */
  async said(socket: CountedSocket, bytes: number): Promise<void> {
    const who = socket.identity === undefined ? `socket ${socket.number}` : `user ${socket.identity.userId}`;
    // Both in the same step, so that messages keep their order.
    await Promise.all([spend(this.#messages, who), spend(this.#bytes, who, bytes)]);
  }

  /** Throws `too_many_requests` if this user opens too many sessions in a short time. */
  async opensSession(userId: UserId): Promise<void> {
    await spend(this.#sessions, userId);
  }

  /** Assigns the socket to this user. Throws `too_many_sockets`. */
  add(socket: CountedSocket, userId: UserId): void {
    const theirs = this.#byUser.get(userId) ?? new Set();
    if (theirs.size >= this.#limits.socketsPerUser) throw new CallError('too_many_sockets');
    this.#byUser.set(userId, theirs.add(socket));
    socket.whenClosed(() => {
      theirs.delete(socket);
      if (theirs.size === 0 && this.#byUser.get(userId) === theirs) this.#byUser.delete(userId);
    });
  }

  /** Whether this much may be queued for this user's clients. */
  mayWait(socket: CountedSocket): boolean {
    if (socket.unreadBytes === 0 || socket.identity === undefined) return true;
    const theirs = this.#byUser.get(socket.identity.userId) ?? [];
    let unread = 0;
    for (const one of theirs) unread += one.unreadBytes;
    return unread <= unreadBytesPerUser;
  }
}
