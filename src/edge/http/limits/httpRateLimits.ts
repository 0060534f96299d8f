/**
 * Rate limits over HTTP. A peer's network is counted under a keyed hash. The key is never stored, and is replaced every
 * hour.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Instant, UserId } from '../../../domain/kernel/ids.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import { spend, sustained } from '../../rateLimiter.ts';
import { networkOf } from '../clientAddress.ts';

export interface HttpLimits {
  /** Per user, over all devices. */
  readonly requestsPerSecond: number;
  /** Per user. A person dials a few times a minute; a script that rings everybody is stopped within seconds. */
  readonly callsPerMinute: number;
  /** Per network and group of named users. Far too few for serious guessing. */
  readonly failedCredentialsPerMinute: number;
  /** API documents per network. They are long, and anybody may fetch them. */
  readonly documentsPerMinute: number;
  /** Concurrent requests per user, over all devices. */
  readonly requestsInFlight: number;
}

const defaultLimits: HttpLimits = {
  requestsPerSecond: 50,
  callsPerMinute: 120,
  failedCredentialsPerMinute: 600,
  documentsPerMinute: 300,
  requestsInFlight: 64,
};

/**
 * Failures are counted per group of users. With a counter per name, a stranger could fill the memory with invented
 * names.
 */
const userGroups = 64;

const minuteSeconds = 60;
const keyLifeMs = 3_600_000;

export interface LimitsOptions {
  readonly clock: Clock;
  readonly limits?: Partial<HttpLimits>;
}

export class Limits {
  readonly #clock: Clock;
  readonly #requests: RateLimiterMemory;
  readonly #calls: RateLimiterMemory;
  readonly #failures: RateLimiterMemory;
  readonly #documents: RateLimiterMemory;
  readonly #requestsInFlight: number;
  readonly #inFlight = new Map<UserId, number>();
  #peerKey: { readonly key: Buffer; readonly madeAt: Instant };

  constructor({ clock, limits }: LimitsOptions) {
    const all = { ...defaultLimits, ...limits };
    this.#requestsInFlight = all.requestsInFlight;
    this.#clock = clock;
    this.#requests = sustained(all.requestsPerSecond);
    this.#calls = new RateLimiterMemory({ points: all.callsPerMinute, duration: minuteSeconds });
    this.#failures = new RateLimiterMemory({ points: all.failedCredentialsPerMinute, duration: minuteSeconds });
    this.#documents = new RateLimiterMemory({ points: all.documentsPerMinute, duration: minuteSeconds });
    this.#peerKey = { key: randomBytes(32), madeAt: clock.now() };
  }

  /** Throws `too_many_requests` if the user exceeds the request rate. */
  async requestBy(userId: UserId): Promise<void> {
    await spend(this.#requests, userId);
  }

  /** Throws `too_many_requests` if the user exceeds the limit of calls per minute. */
  async callBy(userId: UserId): Promise<void> {
    await spend(this.#calls, userId);
  }

  /** Begins a request of this user; the returned function ends it. Throws `too_many_in_flight`. */
  begin(userId: UserId): () => void {
    const others = this.#inFlight.get(userId) ?? 0;
    if (others >= this.#requestsInFlight) throw new CallError('too_many_in_flight');
    this.#inFlight.set(userId, others + 1);
    return () => {
      const left = (this.#inFlight.get(userId) ?? 1) - 1;
      if (left > 0) this.#inFlight.set(userId, left);
      else this.#inFlight.delete(userId);
    };
  }

  /**
   * Throws `too_many_requests` instead of the original error if a network has failed too often with credentials of this
   * kind: those that name no user, or users of the same group. Valid and expired credentials are never counted, so
   * guessing locks out nobody else behind the same proxy.
   */
  async failedCredential(peerAddress: string, claimedUser?: string): Promise<void> {
    const group = claimedUser === undefined ? 'nobody' : this.#hash(claimedUser).readUInt16BE() % userGroups;
    await spend(this.#failures, `${this.#nameOf(peerAddress)} ${group}`);
  }

  /** Throws `too_many_requests` if the network exceeds the limit of documents per minute. */
  async documentTo(peerAddress: string): Promise<void> {
    await spend(this.#documents, this.#nameOf(peerAddress));
  }

  #nameOf(peerAddress: string): string {
    return this.#hash(networkOf(peerAddress)).toString('base64');
  }

  #hash(text: string): Buffer {
    return createHmac('sha256', this.#currentKey()).update(text).digest();
  }

  #currentKey(): Buffer {
    const now = this.#clock.now();
    if (now - this.#peerKey.madeAt >= keyLifeMs) this.#peerKey = { key: randomBytes(32), madeAt: now };
    return this.#peerKey.key;
  }
}
