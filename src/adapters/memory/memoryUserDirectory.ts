import type { UserId } from '../../domain/kernel/ids.ts';
import { firstSettings } from '../../domain/people/policy.ts';
import type { MemoryRightsLog } from './memoryRightsLog.ts';
import type { SettingsChange, User, UserDirectory } from '../../ports/people/userDirectory.ts';
import type { PageOf } from '../../ports/system/paging.ts';
import { pageOfIds } from './pageOfIds.ts';

export class MemoryUserDirectory implements UserDirectory {
  readonly #users = new Map<UserId, User>();
  readonly #generations = new Map<UserId, string>();
  readonly #log: MemoryRightsLog | undefined;
  #made = 0;

  constructor({ log }: { readonly log?: MemoryRightsLog } = {}) {
    this.#log = log;
  }

  get(userId: UserId): Promise<User | undefined> {
    return Promise.resolve(this.#users.get(userId));
  }

  generationOf(userId: UserId): Promise<string | undefined> {
    return Promise.resolve(this.#generations.get(userId));
  }

  /** Memory loses nothing while the process lives. */
  keepGeneration(userId: UserId, generation: string): Promise<string> {
    const now = this.#generations.get(userId) ?? generation;
    this.#generations.set(userId, now);
    return Promise.resolve(now);
  }

  list(page: PageOf<UserId>): Promise<{ users: readonly User[]; next?: UserId }> {
    const { ids, next } = pageOfIds(this.#users.keys(), page);
    const users = ids.flatMap((id) => this.#users.get(id) ?? []);
    return Promise.resolve({ users, ...(next === undefined ? {} : { next }) });
  }

  put(user: Pick<User, 'id' | 'name' | 'isVerified'>): Promise<User> {
    const put = { ...user, settings: this.#users.get(user.id)?.settings ?? firstSettings };
    this.#users.set(user.id, put);
    if (!this.#generations.has(user.id)) this.#generations.set(user.id, String((this.#made += 1)));
    return Promise.resolve(put);
  }

  changeSettings(userId: UserId, change: SettingsChange): Promise<User | undefined> {
    const user = this.#users.get(userId);
    if (user === undefined) return Promise.resolve(undefined);
    const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const changed = { ...user, settings: { ...user.settings, ...named } };
    this.#users.set(userId, changed);
    return Promise.resolve(changed);
  }

  signOut(userId: UserId): Promise<boolean> {
    if (!this.#users.has(userId)) return Promise.resolve(false);
    this.#generations.set(userId, String((this.#made += 1)));
    this.#log?.add({ kind: 'user', userId });
    return Promise.resolve(true);
  }

  remove(userId: UserId): Promise<boolean> {
    this.#generations.delete(userId);
    this.#log?.add({ kind: 'user', userId });
    return Promise.resolve(this.#users.delete(userId));
  }
}
