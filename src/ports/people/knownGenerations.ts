import type { UserId } from '../../domain/kernel/ids.ts';

/** The generation of each user whose tokens this process has seen, until the last of them has expired. */
export interface KnownGenerations {
  /** A valid token of this user with this generation was read. */
  learn(userId: UserId, generation: string): void;
  of(userId: UserId): string | undefined;
  /** The rights of this user have ended. */
  forget(userId: UserId): void;
  all(): ReadonlyMap<UserId, string>;
}
