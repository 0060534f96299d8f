/** What callers' ringing has used up, in Redis: one string of JSON a caller. */
import * as z from 'zod';
import type { UserId } from '../../call/ids.ts';
import { ledgerLifeMs } from '../../call/ringLedger.ts';
import type { RingLedger } from '../../call/ringLedger.ts';
import type { RingLedgers } from '../../ports/ringLedgers.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { replaceValue } from './scripts/replaceValue.lua.ts';
import { storedLedger } from './stored.ts';
import { parsed, parsedJson } from './values.ts';

export interface RedisRingLedgersOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
}

const saveAnswer = z.enum(['saved', 'stale']);

export class RedisRingLedgers implements RingLedgers {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor({ connection, keys }: RedisRingLedgersOptions) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async load(callerId: UserId): Promise<RingLedger | undefined> {
    const json = await this.#connection.run((client) => client.get(this.#keys.ringLedger(callerId)));
    return json === null ? undefined : parsedJson(storedLedger, json);
  }

  async save(callerId: UserId, { before, after }: { before: RingLedger | undefined; after: RingLedger }) {
    const answer = await this.#connection.script(
      replaceValue,
      [this.#keys.ringLedger(callerId)],
      [before === undefined ? '' : JSON.stringify(before), JSON.stringify(after), String(ledgerLifeMs)],
    );
    return parsed(saveAnswer, answer);
  }

  async forget(callerId: UserId): Promise<void> {
    await this.#connection.run((client) => client.del(this.#keys.ringLedger(callerId)));
  }
}
