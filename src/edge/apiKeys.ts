/** API keys: found by their secret, which is compared as a digest. Both the API and the admin port accept them. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { CallError } from '../domain/kernel/errors.ts';
import type { Instant } from '../domain/kernel/ids.ts';
import type { Clock } from '../ports/system/clock.ts';

export type Scope = 'read' | 'calls' | 'people' | 'admin' | 'metrics';

/** A key as requests know it, without its secret. */
export interface KnownKey {
  /** For logs. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface ApiKey extends KnownKey {
  readonly secret: string;
  readonly expiresAt?: Instant | undefined;
}

interface DigestedKey extends KnownKey {
  readonly digest: Buffer;
  readonly expiresAt: Instant;
}

export class ApiKeys {
  readonly #clock: Clock;
  #keys: readonly DigestedKey[] = [];

  constructor(keys: readonly ApiKey[], clock: Clock) {
    this.#clock = clock;
    this.replace(keys);
  }

  /** From now on, only these keys are valid. */
  replace(keys: readonly ApiKey[]): void {
    this.#keys = keys.map(({ name, scopes, secret, expiresAt = Infinity }) => {
      return { name, scopes, digest: digest(secret), expiresAt };
    });
  }

  /** Undefined if no key has this secret. Throws `key_expired`. */
  find(credential: string): KnownKey | undefined {
    const wanted = digest(credential);
    // Digests have equal length, and do not reveal how much of a guess was right. All are compared, so that the time
    // does not tell which one it was.
    const found = this.#keys.filter((key) => timingSafeEqual(key.digest, wanted))[0];
    if (found === undefined) return undefined;
    const { name, scopes, expiresAt } = found;
    if (this.#clock.now() >= expiresAt) throw new CallError('key_expired');
    return { name, scopes };
  }
}

/** The credential in an `Authorization` header (RFC 6750 §2.1). */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
