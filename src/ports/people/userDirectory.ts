import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallSettings } from '../../domain/people/policy.ts';
import type { PageOf } from '../system/paging.ts';

export interface User {
  readonly id: UserId;
  /** What the app calls them, for people to read. */
  readonly name: string;
  /** The app vouches for who they are. */
  readonly isVerified: boolean;
  readonly settings: CallSettings;
}
export type SettingsChange = { readonly [Name in keyof CallSettings]?: CallSettings[Name] | undefined };

export interface UserDirectory {
  get(userId: UserId): Promise<User | undefined>;
  /** Tells this record of the user from an earlier one that was removed. Undefined when there is no such user. */
  generationOf(userId: UserId): Promise<string | undefined>;
  /**
   * The store lost the user, whose tokens named this generation: they stay good for `forMs`, in which the app puts the user
   * back. Answers the generation of now, which is another when the app was faster.
   */
  keepGeneration(userId: UserId, generation: string, forMs: number): Promise<string>;
  list(page: PageOf<UserId>): Promise<{ readonly users: readonly User[]; readonly next?: UserId }>;
  /** Creates the user (calling off) or changes what the app says of them. */
  put(user: Pick<User, 'id' | 'name' | 'isVerified'>): Promise<User>;
  /** Changes what is named and leaves the rest. Undefined when there is no such user. */
  changeSettings(userId: UserId, change: SettingsChange): Promise<User | undefined>;
  /** Also ends every right of the removed record, which the rights log tells. Whether there was such a user. */
  remove(userId: UserId): Promise<boolean>;
  /** A new generation: tokens issued before are void, which the rights log tells. Whether there is such a user. */
  signOut(userId: UserId): Promise<boolean>;
}
