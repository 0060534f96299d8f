/** How much callers have rung, in Redis: one JSON string for each caller. */
import * as z from 'zod';
import type { UserId } from '../../../domain/kernel/ids.ts';
import { ledgerLifeMs } from '../../../domain/people/ringLedger.ts';
import type { RingLedger } from '../../../domain/people/ringLedger.ts';
import type { RingLedgers } from '../../../ports/people/ringLedgers.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import replaceValue from './replaceValue.lua';
import { setAsideOr } from '../schema/setAside.ts';
import type { Reading } from '../schema/setAside.ts';
import { storedLedger } from '../schema/persistedSchemas.ts';
import { parsed, parsedToReplace, textOf } from '../schema/values.ts';

export type RedisRingLedgersOptions = Reading;

const saveAnswer = z.enum(['saved', 'stale']);

export class RedisRingLedgers implements RingLedgers {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #options: RedisRingLedgersOptions;

  constructor(options: RedisRingLedgersOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#keys = options.keys;
  }

  async load(callerId: UserId): Promise<RingLedger | undefined> {
    const key = this.#keys.ringLedger(callerId);
    const json = await this.#connection.run((client) => client.get(key), 0, [key]);
    if (json === null) return undefined;
    try {
      return parsedToReplace(storedLedger, json);
    } catch (error) {
      // What was used up is lost: counting starts again.
      await setAsideOr(this.#options, { key, text: json }, error);
      return undefined;
    }
  }

  async save(callerId: UserId, { before, after }: { before: RingLedger | undefined; after: RingLedger }) {
    const answer = await this.#connection.script(
      replaceValue,
      [this.#keys.ringLedger(callerId)],
      [before === undefined ? '' : textOf(before), JSON.stringify(after), String(ledgerLifeMs)],
    );
    return parsed(saveAnswer, answer);
  }

  async forget(callerId: UserId): Promise<void> {
    await this.#connection.run((client) => client.del(this.#keys.ringLedger(callerId)));
  }
}
