/**
 * The app's users and their settings, in Redis: one hash for each user, with a field for each setting that was ever
 * changed.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { CallSettings } from '../../../domain/people/policy.ts';
import type { SettingsChange, User, UserDirectory } from '../../../ports/people/userDirectory.ts';
import type { PageOf } from '../../../ports/system/paging.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { pageOfReadableIds } from '../schema/pageOfIds.ts';
import changeUser from './changeUser.lua';
import keepGeneration from './keepGeneration.lua';
import putUser from './putUser.lua';
import { removeUser, signOutUser } from './rights/rightsScripts.ts';
import { readSettings } from '../schema/persistedSchemas.ts';
import { longestName, userName } from '../../../protocol/http/http.ts';
import { userId as userIdSchema } from '../../../protocol/shared/ids.ts';
import { parsed, readableIds } from '../schema/values.ts';

export interface RedisUserDirectoryOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** An unreadable setting counts as the value that lets the fewest calls through. */
  readonly onUnreadable?: (what: string, error: unknown) => void;
}

const generationBytes = 9;
const settingPrefix = 'setting.';
const hash = z.record(z.string(), z.string());
const namesAndValues = z.array(z.string());

export class RedisUserDirectory implements UserDirectory {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #onUnreadable: (what: string, error: unknown) => void;

  constructor({ connection, keys, onUnreadable = () => undefined }: RedisUserDirectoryOptions) {
    this.#connection = connection;
    this.#keys = keys;
    this.#onUnreadable = onUnreadable;
  }

  async get(userId: UserId): Promise<User | undefined> {
    return this.#userOf(
      userId,
      await this.#connection.run((client) => client.hGetAll(this.#keys.user(userId)), 0, [this.#keys.user(userId)]),
    );
  }

  async generationOf(userId: UserId): Promise<string | undefined> {
    const key = this.#keys.user(userId);
    const stored = await this.#connection.run((client) => client.hGet(key, 'generation'), 0, [key]);
    return stored ?? undefined;
  }

  async keepGeneration(userId: UserId, generation: string, forMs: number): Promise<string> {
    const values = [generation, String(forMs)];
    return parsed(z.string(), await this.#connection.script(keepGeneration, [this.#keys.user(userId)], values));
  }

  async list(page: PageOf<UserId>): Promise<{ users: readonly User[]; next?: UserId }> {
    return this.#connection.run(async (client) => {
      const readable = (found: readonly string[]) =>
        readableIds(userIdSchema, found, (error) => {
          this.#onUnreadable('id of a user', error);
        });
      const { ids, ...more } = await pageOfReadableIds(client, this.#keys.users, { page, readable });
      const stored = await Promise.all(
        ids.map(async (id) => this.#userOf(id, await client.hGetAll(this.#keys.user(id)))),
      );
      const users = stored.filter((user) => user !== undefined);
      return { users, ...more };
    });
  }

  async put({ id, name, isVerified }: Pick<User, 'id' | 'name' | 'isVerified'>): Promise<User> {
    const keys = [this.#keys.user(id), this.#keys.users];
    const values = [id, name, isVerified ? '1' : '0', newGeneration()];
    const stored = await this.#connection.script(putUser, keys, values);
    return { id, name, isVerified, settings: this.#settingsOf(hashOf(stored)) };
  }

  async changeSettings(userId: UserId, change: SettingsChange): Promise<User | undefined> {
    const named = Object.entries(change).filter(([, value]) => value !== undefined);
    const values = named.flatMap(([name, value]) => [settingPrefix + name, JSON.stringify(value)]);
    return this.#userOf(userId, hashOf(await this.#connection.script(changeUser, [this.#keys.user(userId)], values)));
  }

  async remove(userId: UserId): Promise<boolean> {
    const keys = this.#keys;
    const names = [keys.user(userId), keys.users, keys.rights, keys.seats(userId)];
    const removed = await this.#connection.script(removeUser, names, [userId, rightsOf(userId), keys.rightsChannel]);
    return parsed(z.number(), removed) === 1;
  }

  async signOut(userId: UserId): Promise<boolean> {
    const keys = this.#keys;
    const values = [newGeneration(), rightsOf(userId), keys.rightsChannel];
    const answer = await this.#connection.script(signOutUser, [keys.user(userId), keys.rights], values);
    return parsed(z.number(), answer) === 1;
  }

  #userOf(id: UserId, stored: Readonly<Record<string, string>>): User | undefined {
    const { name, verified } = stored;
    // A user without a name was lost and has not been put back.
    if (name === undefined) return undefined;
    return { id, name: this.#nameOf(name), isVerified: verified === '1', settings: this.#settingsOf(stored) };
  }

  /** A newer version may have stored a longer name. */
  #nameOf(stored: string): string {
    const name = userName.safeParse(stored);
    if (name.success) return name.data;
    this.#onUnreadable('name', name.error);
    return stored.slice(0, longestName) || '?';
  }

  #settingsOf(stored: Readonly<Record<string, string>>): CallSettings {
    const named = Object.entries(stored).flatMap(([name, json]): [string, unknown][] =>
      name.startsWith(settingPrefix) ? [[name.slice(settingPrefix.length), jsonOrText(json)]] : [],
    );
    return readSettings(Object.fromEntries(named), this.#onUnreadable);
  }
}

function newGeneration(): string {
  return randomBytes(generationBytes).toString('base64url');
}

/** As in the rights log. */
function rightsOf(userId: UserId): string {
  return JSON.stringify({ kind: 'user', userId });
}

/** A script returns a hash as a list. */
function hashOf(answer: unknown): Readonly<Record<string, string>> {
  const items = parsed(namesAndValues, answer);
  const pairs = items.flatMap((name, index) => (index % 2 === 0 ? [[name, items[index + 1]]] : []));
  return parsed(hash, Object.fromEntries(pairs));
}

/** Text that is not JSON fits no setting either. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
