/** Endpoints of webhooks, in Redis. Their secrets are stored in clear: every process that delivers must sign. */
import * as z from 'zod';
import type { WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { WebhookEndpoint } from '../../../domain/webhooks/webhook.ts';
import type { WebhookEndpoints } from '../../../ports/webhooks/webhooks.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import addEndpoint from './addEndpoint.lua';
import replaceField from './replaceField.lua';
import { storedEndpoint } from '../schema/persistedSchemas.ts';
import { parsed, parsedToReplace, textOf } from '../schema/values.ts';
import type { OnUnreadable } from '../schema/values.ts';

export interface RedisWebhookEndpointsOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly onUnreadable: OnUnreadable;
}

const addAnswer = z.enum(['added', 'full']);
const replaceAnswer = z.enum(['saved', 'stale']);

export class RedisWebhookEndpoints implements WebhookEndpoints {
  readonly #connection: RedisConnection;
  readonly #key: string;
  readonly #onUnreadable: OnUnreadable;

  constructor({ connection, keys, onUnreadable }: RedisWebhookEndpointsOptions) {
    this.#connection = connection;
    this.#key = keys.webhookEndpoints;
    this.#onUnreadable = onUnreadable;
  }

  async get(id: WebhookEndpointId): Promise<WebhookEndpoint | undefined> {
    const json = await this.#connection.run((client) => client.hGet(this.#key, id));
    return json === null ? undefined : this.#readable(json)[0];
  }

  async list(): Promise<readonly WebhookEndpoint[]> {
    const all = await this.#connection.run((client) => client.hVals(this.#key));
    return all.flatMap((json) => this.#readable(json)).sort(byAge);
  }

  async add(endpoint: WebhookEndpoint, most: number): Promise<'added' | 'full'> {
    const values = [endpoint.id, JSON.stringify(endpoint), String(most)];
    return parsed(addAnswer, await this.#connection.script(addEndpoint, [this.#key], values));
  }

  async replace(before: WebhookEndpoint, after: WebhookEndpoint): Promise<'saved' | 'stale'> {
    const values = [before.id, textOf(before), JSON.stringify(after)];
    return parsed(replaceAnswer, await this.#connection.script(replaceField, [this.#key], values));
  }

  #readable(json: string): readonly WebhookEndpoint[] {
    try {
      return [parsedToReplace(storedEndpoint, json)];
    } catch (error) {
      // It is kept: a newer version may read it.
      this.#onUnreadable('endpoint', error);
      return [];
    }
  }

  async remove(id: WebhookEndpointId): Promise<boolean> {
    return (await this.#connection.run((client) => client.hDel(this.#key, id))) === 1;
  }
}

function byAge(one: WebhookEndpoint, other: WebhookEndpoint): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1);
}
