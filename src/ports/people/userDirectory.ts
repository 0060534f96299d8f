import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallSettings } from '../../domain/people/policy.ts';
import type { PageOf } from '../system/paging.ts';

export interface User {
  readonly id: UserId;
  /** Display name, set by the app. */
  readonly name: string;
  /** The app vouches for their identity. */
  readonly isVerified: boolean;
  readonly settings: CallSettings;
}
/** Only the named settings change. */
export type SettingsChange = { readonly [Name in keyof CallSettings]?: CallSettings[Name] | undefined };

/**
 * The users that the app has created. Every method throws `CallError('unavailable')` if the store cannot be reached.
 */
export interface UserDirectory {
  get(userId: UserId): Promise<User | undefined>;
  /** Distinguishes this record from an earlier, removed one of the same user. Undefined if there is no such user. */
  generationOf(userId: UserId): Promise<string | undefined>;
  /**
   * The store lost the user, whose tokens had this generation: they stay valid for `forMs`, so that the app can put the
   * user back. Returns the current generation, which is another if the app was faster.
   */
  keepGeneration(userId: UserId, generation: string, forMs: number): Promise<string>;
  /** In the order of ids. `next` is absent on the last page. */
  list(page: PageOf<UserId>): Promise<{ readonly users: readonly User[]; readonly next?: UserId }>;
  /** Creates the user (with calling off) or changes the app's data of them. */
  put(user: Pick<User, 'id' | 'name' | 'isVerified'>): Promise<User>;
  /** Changes only the named settings. Undefined if there is no such user. */
  changeSettings(userId: UserId, change: SettingsChange): Promise<User | undefined>;
  /** Also ends all rights of the removed record, through the rights log. Returns whether there was such a user. */
  remove(userId: UserId): Promise<boolean>;
  /** Sets a new generation: older tokens are revoked, through the rights log. Returns whether there is such a user. */
  signOut(userId: UserId): Promise<boolean>;
}
