/** Webhook messages that were given up, in Redis. */
import * as z from 'zod';
import type { WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { DeadLetter } from '../../../domain/webhooks/webhook.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import type { DeadLetters, Lane } from '../../../ports/webhooks/webhooks.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import reviveMessages from './reviveMessages.lua';
import { storedLetter } from '../schema/persistedSchemas.ts';
import { parsed, parsedJson } from '../schema/values.ts';
import type { OnUnreadable } from '../schema/values.ts';

export interface RedisDeadLettersOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly onUnreadable: OnUnreadable;
}

export class RedisDeadLetters implements DeadLetters {
  readonly #options: RedisDeadLettersOptions;

  constructor(options: RedisDeadLettersOptions) {
    this.#options = options;
  }

  async list(endpointId: WebhookEndpointId, { after, max }: { after: number; max: number }) {
    const { connection, keys, clock, retentionMs } = this.#options;
    const { letters, order } = keys.deadLetters(endpointId);
    const from = Math.max(after, clock.now() - retentionMs);
    return connection.run(async (client) => {
      const page = { BY: 'SCORE', LIMIT: { offset: 0, count: max + 1 } } as const;
      const found = await client.zRangeWithScores(order, `(${from}`, '+inf', page);
      const shown = found.slice(0, max);
      const stored =
        shown.length === 0
          ? []
          : await client.hmGet(
              letters,
              shown.map(({ value }) => value),
            );
      // A letter may have been put back between the two reads.
      const dead = stored.flatMap((json) => this.#readable(json));
      const last = shown.at(-1);
      return { letters: dead, ...(found.length > max && last !== undefined ? { next: last.score } : {}) };
    });
  }

  async get(endpointId: WebhookEndpointId, messageId: string): Promise<DeadLetter | undefined> {
    const { connection, keys } = this.#options;
    const json = await connection.run((client) => client.hGet(keys.deadLetters(endpointId).letters, messageId));
    return this.#readable(json)[0];
  }

  async revive(lane: Lane, messageIds: readonly string[]): Promise<number> {
    if (messageIds.length === 0) return 0;
    const { connection, keys, retentionMs, clock } = this.#options;
    const { letters, order } = keys.deadLetters(lane.endpointId);
    const { pending, state } = keys.webhookLane(lane);
    const { lanes } = keys.webhookLanes(lane.endpointId);
    const stored = await connection.run((client) => client.hmGet(letters, [...messageIds]));
    const messages = stored
      .flatMap((json) => this.#readable(json))
      .map(({ message }) => message)
      .filter(({ callId }) => callId === lane.callId);
    const values = messages.flatMap((message) => [message.id, String(message.seq), JSON.stringify(message)]);
    const answer = await connection.script(
      reviveMessages,
      [pending, state, letters, order, lanes],
      [String(retentionMs), String(clock.now()), lane.callId, ...values],
    );
    return parsed(z.number(), answer);
  }

  async forget(endpointId: WebhookEndpointId): Promise<void> {
    const { letters, order } = this.#options.keys.deadLetters(endpointId);
    await this.#options.connection.run((client) => client.del([letters, order]));
  }

  /** It expires like any other. */
  #readable(json: string | null | undefined): readonly DeadLetter[] {
    if (json === null || json === undefined) return [];
    try {
      return [parsedJson(storedLetter, json)];
    } catch (error) {
      this.#options.onUnreadable('dead letter', error);
      return [];
    }
  }
}
