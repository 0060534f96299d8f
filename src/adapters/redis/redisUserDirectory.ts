/** The app's users and their settings, in Redis: a hash a user, with a field for each setting that was ever changed. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { UserId } from '../../call/ids.ts';
import { firstSettings } from '../../call/policy.ts';
import type { CallSettings } from '../../call/policy.ts';
import type { SettingsChange, User, UserDirectory } from '../../ports/userDirectory.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { changeUser } from './scripts/changeUser.lua.ts';
import { keepGeneration } from './scripts/keepGeneration.lua.ts';
import { putUser } from './scripts/putUser.lua.ts';
import { removeUser } from './scripts/removeUser.lua.ts';
import { storedSettings } from './stored.ts';
import { parsed, parsedJson } from './values.ts';

export interface RedisUserDirectoryOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
}

const generationBytes = 9;
const settingPrefix = 'setting.';
const fields = z.looseObject({ name: z.string().min(1), verified: z.enum(['0', '1']).default('0') });
const hash = z.record(z.string(), z.string());
const namesAndValues = z.array(z.string());

export class RedisUserDirectory implements UserDirectory {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor({ connection, keys }: RedisUserDirectoryOptions) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async get(userId: UserId): Promise<User | undefined> {
    return userOf(userId, await this.#connection.run((client) => client.hGetAll(this.#keys.user(userId))));
  }

  async generationOf(userId: UserId): Promise<string | undefined> {
    const stored = await this.#connection.run((client) => client.hGet(this.#keys.user(userId), 'generation'));
    return stored ?? undefined;
  }

  async keepGeneration(userId: UserId, generation: string, forMs: number): Promise<string> {
    const values = [generation, String(forMs)];
    return parsed(z.string(), await this.#connection.script(keepGeneration, [this.#keys.user(userId)], values));
  }

  async list(): Promise<readonly User[]> {
    const stored = await this.#connection.run(async (client) => {
      const ids = await client.sMembers(this.#keys.users);
      return Promise.all(ids.sort().map(async (id) => userOf(id, await client.hGetAll(this.#keys.user(id)))));
    });
    return stored.filter((user) => user !== undefined);
  }

  async put({ id, name, isVerified }: Pick<User, 'id' | 'name' | 'isVerified'>): Promise<User> {
    const keys = [this.#keys.user(id), this.#keys.users];
    const values = [id, name, isVerified ? '1' : '0', randomBytes(generationBytes).toString('base64url')];
    const stored = await this.#connection.script(putUser, keys, values);
    return { id, name, isVerified, settings: settingsOf(hashOf(stored)) };
  }

  async changeSettings(userId: UserId, change: SettingsChange): Promise<User | undefined> {
    const named = Object.entries(change).filter(([, value]) => value !== undefined);
    const values = named.flatMap(([name, value]) => [settingPrefix + name, JSON.stringify(value)]);
    return userOf(userId, hashOf(await this.#connection.script(changeUser, [this.#keys.user(userId)], values)));
  }

  async remove(userId: UserId): Promise<boolean> {
    const removed = await this.#connection.script(removeUser, [this.#keys.user(userId), this.#keys.users], [userId]);
    return parsed(z.number(), removed) === 1;
  }
}

/** As a script answers a hash. */
function hashOf(answer: unknown): Readonly<Record<string, string>> {
  const items = parsed(namesAndValues, answer);
  const pairs = items.flatMap((name, index) => (index % 2 === 0 ? [[name, items[index + 1]]] : []));
  return parsed(hash, Object.fromEntries(pairs));
}

function userOf(id: UserId, stored: Readonly<Record<string, string>>): User | undefined {
  // One without a name was lost, and has not been put back.
  if (stored['name'] === undefined) return undefined;
  const { name, verified } = parsed(fields, { ...stored });
  return { id, name, isVerified: verified === '1', settings: settingsOf(stored) };
}

function settingsOf(stored: Readonly<Record<string, string>>): CallSettings {
  const changed = Object.entries(stored).flatMap(([name, json]) =>
    name.startsWith(settingPrefix) ? [[name.slice(settingPrefix.length), parsedJson(z.unknown(), json)]] : [],
  );
  return parsed(storedSettings, { ...firstSettings, ...Object.fromEntries(changed) });
}
