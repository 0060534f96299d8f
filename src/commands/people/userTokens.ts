/** A user's tokens end with the user: each token names the user's generation for which it was issued. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { KnownGenerations } from '../../ports/people/knownGenerations.ts';
import type { StoreIncarnation } from '../../ports/cluster/storeIncarnation.ts';
import type { ReadToken, TokenHolder, Tokens, UserToken } from '../../ports/people/tokens.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';

export interface GenerationsContext {
  readonly users: Pick<UserDirectory, 'generationOf' | 'keepGeneration'>;
  readonly generations: KnownGenerations;
  readonly life: StoreIncarnation;
  readonly userTokenTtlMs: number;
}
export interface UserTokensContext extends GenerationsContext {
  readonly tokens: Tokens;
}

/** Throws `user_not_found`. */
export async function issueUserToken(
  { users, tokens }: Pick<UserTokensContext, 'users' | 'tokens'>,
  userId: UserId,
): Promise<UserToken> {
  const generation = await users.generationOf(userId);
  if (generation === undefined) throw new CallError('user_not_found');
  return tokens.issueUserToken({ userId, generation });
}

/** Throws `unauthenticated` or `token_expired`. */
export async function readUserToken(context: UserTokensContext, token: string): Promise<ReadToken> {
  const holder = await context.tokens.readUserToken(token);
  await mustStillBe(context, holder);
  return holder;
}

/** Throws `unauthenticated` when the user was erased since, even if another user has the name now. */
export async function mustStillBe(context: GenerationsContext, holder: TokenHolder): Promise<void> {
  if ((await generationNow(context, holder.userId)) !== holder.generation) throw new CallError('unauthenticated');
}

/**
 * When the store has lost its data, nobody was erased: participants must be able to hang up before and after the app
 * has restored its users.
 */
export async function restoreTokens(context: GenerationsContext): Promise<void> {
  const { users, generations, life, userTokenTtlMs } = context;
  if (!(await life.isAnother())) return;
  const known = [...generations.all()];
  await Promise.all(known.map(([userId, generation]) => users.keepGeneration(userId, generation, userTokenTtlMs)));
}

/** The user's current generation. Undefined when the user does not exist. Throws `unavailable`. */
export async function generationNow(context: GenerationsContext, userId: UserId): Promise<string | undefined> {
  const { users, generations, life, userTokenTtlMs } = context;
  const stored = await users.generationOf(userId);
  if (stored !== undefined) {
    generations.learn(userId, stored);
    return stored;
  }
  const known = generations.of(userId);
  if (known === undefined) return undefined;
  if (await life.isAnother()) return users.keepGeneration(userId, known, userTokenTtlMs);
  generations.forget(userId);
  return undefined;
}
