import type { UserId } from '../../domain/kernel/ids.ts';

/** Which record of each user this process has seen tokens of, for as long as any of them may be good. */
export interface KnownGenerations {
  learn(userId: UserId, generation: string): void;
  of(userId: UserId): string | undefined;
  forget(userId: UserId): void;
  all(): ReadonlyMap<UserId, string>;
}
