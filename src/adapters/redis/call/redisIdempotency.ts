/** Results of requests with an idempotency key, in Redis: one hash for the keys of each scope. */
import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { claimLeaseMs, maxKeys } from '../../../ports/call/idempotency.ts';
import type { Claim, Idempotency, KeyedRequest } from '../../../ports/call/idempotency.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import type { LuaScript } from '../connection/luaScript.ts';
import { claimKey, renewKey, settleKey } from './idempotencyKeys/keyScripts.ts';
import { parsed } from '../schema/values.ts';

export interface RedisIdempotencyOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** How long an outcome is remembered. */
  readonly ttlMs: number;
  readonly leaseMs?: number;
  /** Limit of one scope at a time. */
  readonly most?: number;
}

const reply = z.union([
  z.tuple([z.enum(['in_progress', 'conflict', 'full'])]),
  z.tuple([z.literal('first'), z.string(), z.enum(['0', '1'])]),
  z.tuple([z.literal('done'), z.string()]),
]);
const tokenBytes = 4;
/** 72 bits: enough to distinguish requests of one user and key. */
const printLength = 12;
const fieldLength = 22;

export class RedisIdempotency implements Idempotency {
  readonly #options: Required<RedisIdempotencyOptions>;

  constructor({ leaseMs = claimLeaseMs, most = maxKeys, ...options }: RedisIdempotencyOptions) {
    this.#options = { ...options, leaseMs, most };
  }

  async claim(request: KeyedRequest, { fingerprint, id }: { fingerprint: string; id: string }): Promise<Claim> {
    const { ttlMs, leaseMs, most } = this.#options;
    const token = randomBytes(tokenBytes).toString('base64url');
    const print = digestOf(fingerprint).slice(0, printLength);
    const answer = await this.#run(claimKey, request, [print, id, token, ...[leaseMs, ttlMs, most].map(String)]);
    const known = parsed(reply, answer);
    if (known[0] === 'first') return { state: 'first', id: known[1], again: known[2] === '1', token };
    return known[0] === 'done' ? { state: 'done', outcome: known[1] } : { state: known[0] };
  }

  async renew(request: KeyedRequest, token: string): Promise<void> {
    await this.#run(renewKey, request, [token, String(this.#options.leaseMs)]);
  }

  async settle(request: KeyedRequest, token: string, outcome: string): Promise<void> {
    await this.#run(settleKey, request, [token, outcome, String(this.#options.ttlMs)]);
  }

  async abandon(request: KeyedRequest, token: string): Promise<void> {
    await this.#run(renewKey, request, [token, '0']);
  }

  /** Hashed, since clients choose the parts. */
  #run(script: LuaScript, { scope, key }: KeyedRequest, values: string[]) {
    const { connection, keys } = this.#options;
    return connection.script(
      script,
      [keys.idempotency(digestOf(scope))],
      [digestOf(key).slice(0, fieldLength), ...values],
    );
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
