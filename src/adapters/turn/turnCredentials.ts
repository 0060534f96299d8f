/**
 * Credentials for a TURN server (RFC 8656) that shares a secret with us, as in coturn's `use-auth-secret`: the username
 * holds the expiry, the password is its HMAC-SHA-1 (draft-uberti-behave-turn-rest-00 §2.2).
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/system/clock.ts';
import type { TurnServer, TurnServers } from '../../ports/media/turnServers.ts';

export interface TurnCredentialsOptions {
  readonly urls: readonly string[];
  readonly secret: string;
  /** How long a credential can open allocations; open ones continue. */
  readonly ttlMs: number;
  readonly clock: Clock;
}

/** Random bytes instead of a user's name, which the TURN server need not know. */
const nobodyBytes = 12;

export class TurnCredentials implements TurnServers {
  #options: TurnCredentialsOptions;

  constructor(options: TurnCredentialsOptions) {
    this.#options = options;
  }

  /** For credentials from now on. Open allocations continue. */
  replace(options: Omit<TurnCredentialsOptions, 'clock'>): void {
    this.#options = { ...this.#options, ...options };
  }

  offer(): readonly TurnServer[] {
    const { urls, secret, ttlMs, clock } = this.#options;
    if (urls.length === 0) return [];
    const expires = Math.ceil((clock.now() + ttlMs) / 1000);
    const username = `${expires}:${randomBytes(nobodyBytes).toString('base64url')}`;
    return [{ urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') }];
  }
}
