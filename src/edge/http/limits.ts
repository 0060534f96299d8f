/**
 * How often is too often over HTTP. A peer's address is counted under a keyed hash whose key is never written down and is
 * thrown away every hour.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Instant, UserId } from '../../call/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import { spend, sustained } from '../rate.ts';

export interface HttpLimits {
  /** Of one user, on all devices together. */
  readonly requestsPerSecond: number;
  /** A person dials a few times a minute; a script that rings everybody is stopped within seconds. */
  readonly callsPerMinute: number;
  /** Behind a proxy all clients are one peer: room for many expired tokens, none for guessing in earnest. */
  readonly failedCredentialsPerMinute: number;
  /** Descriptions of the API that one peer fetches. They are long, and everybody may have them. */
  readonly documentsPerMinute: number;
}

const defaultLimits: HttpLimits = {
  requestsPerSecond: 50,
  callsPerMinute: 120,
  failedCredentialsPerMinute: 600,
  documentsPerMinute: 300,
};

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
  #peerKey: { readonly key: Buffer; readonly madeAt: Instant };

  constructor({ clock, limits }: LimitsOptions) {
    const all = { ...defaultLimits, ...limits };
    this.#clock = clock;
    this.#requests = sustained(all.requestsPerSecond);
    this.#calls = new RateLimiterMemory({ points: all.callsPerMinute, duration: minuteSeconds });
    this.#failures = new RateLimiterMemory({ points: all.failedCredentialsPerMinute, duration: minuteSeconds });
    this.#documents = new RateLimiterMemory({ points: all.documentsPerMinute, duration: minuteSeconds });
    this.#peerKey = { key: randomBytes(32), madeAt: clock.now() };
  }

  /** Throws `too_many_requests` for the user's next request beyond the rate. */
  async requestBy(userId: UserId): Promise<void> {
    await spend(this.#requests, userId);
  }

  /** Throws `too_many_requests` for the user's next call of this minute beyond the limit. */
  async callBy(userId: UserId): Promise<void> {
    await spend(this.#calls, userId);
  }

  /**
   * Throws `too_many_requests` instead of the failure when a peer has failed too often. Valid credentials are never
   * counted: nobody is shut out by another client behind the same address.
   */
  async failedCredential(peerAddress: string): Promise<void> {
    await spend(this.#failures, this.#nameOf(peerAddress));
  }

  /** Throws `too_many_requests` for the peer's next document of this minute beyond the limit. */
  async documentTo(peerAddress: string): Promise<void> {
    await spend(this.#documents, this.#nameOf(peerAddress));
  }

  #nameOf(peerAddress: string): string {
    return createHmac('sha256', this.#currentKey()).update(peerAddress).digest('base64');
  }

  #currentKey(): Buffer {
    const now = this.#clock.now();
    if (now - this.#peerKey.madeAt >= keyLifeMs) this.#peerKey = { key: randomBytes(32), madeAt: now };
    return this.#peerKey.key;
  }
}
