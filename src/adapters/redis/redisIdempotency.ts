/** Answers by idempotency key, in Redis. */
import * as z from 'zod';
import type { Claim, Idempotency } from '../../ports/idempotency.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { claimKey } from './scripts/claimKey.lua.ts';
import { settleKey } from './scripts/settleKey.lua.ts';
import { parsed } from './values.ts';

export interface RedisIdempotencyOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** How long an answer is remembered. */
  readonly ttlMs: number;
  /** After this a request that never settled (its process died) no longer holds its key. */
  readonly claimTtlMs?: number;
}

const reply = z.union([
  z.tuple([z.enum(['first', 'in_progress', 'conflict'])]),
  z.tuple([z.literal('answered'), z.string()]),
]);

export class RedisIdempotency implements Idempotency {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #ttlMs: number;
  readonly #claimTtlMs: number;

  constructor({ connection, keys, ttlMs, claimTtlMs = 30_000 }: RedisIdempotencyOptions) {
    this.#connection = connection;
    this.#keys = keys;
    this.#ttlMs = ttlMs;
    this.#claimTtlMs = claimTtlMs;
  }

  async claim(scope: string, key: string, fingerprint: string): Promise<Claim> {
    const name = this.#keys.idempotency(scope, key);
    const answer = await this.#connection.script(claimKey, [name], [fingerprint, String(this.#claimTtlMs)]);
    const [state, text] = parsed(reply, answer);
    return state === 'answered' ? { state, answer: text } : { state };
  }

  async settle(scope: string, key: string, answer: string): Promise<void> {
    const name = this.#keys.idempotency(scope, key);
    await this.#connection.script(settleKey, [name], [answer, String(this.#ttlMs)]);
  }

  async abandon(scope: string, key: string): Promise<void> {
    await this.#connection.run((client) => client.del(this.#keys.idempotency(scope, key)));
  }
}
