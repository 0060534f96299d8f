/** A random name that Redis keeps as long as its data. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { StoreIncarnation } from '../../../ports/cluster/storeIncarnation.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from './keys.ts';
import nameIncarnation from './nameIncarnation.lua';
import { parsed } from './values.ts';

export interface RedisStoreIncarnationOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
}

export class RedisStoreIncarnation implements StoreIncarnation {
  readonly #connection: RedisConnection;
  readonly #key: string;
  #known: string;

  private constructor({ connection, keys }: RedisStoreIncarnationOptions, known: string) {
    this.#connection = connection;
    this.#key = keys.life;
    this.#known = known;
  }

  static async create(options: RedisStoreIncarnationOptions): Promise<RedisStoreIncarnation> {
    const unknown = new RedisStoreIncarnation(options, '');
    return new RedisStoreIncarnation(options, await unknown.name());
  }

  async isAnother(): Promise<boolean> {
    return (await this.name()) !== this.#known;
  }

  accept(name: string): void {
    this.#known = name;
  }

  async name(): Promise<string> {
    const offered = randomBytes(9).toString('base64url');
    return parsed(z.string().min(1), await this.#connection.script(nameIncarnation, [this.#key], [offered]));
  }
}
