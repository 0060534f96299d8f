/** The caller of a request: the app's backend with an API key, or one of its users with a token. */
import * as z from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';
import { bearerIn } from '../apiKeys.ts';
import type { ApiKeys, KnownKey, Scope } from '../apiKeys.ts';

export interface AppCaller {
  readonly kind: 'app';
  readonly key: KnownKey;
}
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: UserId;
}
export type Caller = AppCaller | UserCaller;

/** The callers that a route accepts, and what its handler receives. */
export interface Callers {
  readonly app: AppCaller;
  readonly user: UserCaller;
  readonly 'app or user': Caller;
  readonly anybody: undefined;
}
export type Access = keyof Callers;

/** Finds the caller of a request. Throws `unauthenticated`, `token_expired` or `key_expired`. */
export type Identify = (authorization: string | undefined) => Promise<Caller>;

export interface IdentifyOptions {
  readonly apiKeys: ApiKeys;
  readonly useCases: { readUserToken(token: string): Promise<TokenHolder> };
}

export function createIdentify({ useCases, apiKeys }: IdentifyOptions): Identify {
  return async (authorization) => {
    const credential = bearerIn(authorization);
    if (credential === undefined) throw new CallError('unauthenticated');
    const key = apiKeys.find(credential);
    if (key !== undefined) return { kind: 'app', key };
    const { userId } = await useCases.readUserToken(credential);
    return { kind: 'user', userId };
  };
}

const claims = z.object({ sub: z.string().max(1_024) });

/** The user that a token names, unverified. */
export function claimedUser(authorization: string | undefined): string | undefined {
  const payload = /^[^.]*\.([^.]+)\.[^.]*$/.exec(bearerIn(authorization) ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const parsed = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data.sub : undefined;
  } catch {
    // Not JSON, so it cannot be a token.
    return undefined;
  }
}

/**
 * Admits a caller to a route. A valid caller of the wrong kind gets `not_allowed`, and an API key without the scope of the
 * route `scope_missing`.
 */
export const admit: {
  readonly [A in Access]: (caller: Caller | undefined, scope: Scope | undefined) => Callers[A];
} = {
  app: (caller, scope) => {
    const known = mustBeKnown(caller);
    if (known.kind !== 'app') throw new CallError('not_allowed');
    mustHaveScope(known, scope);
    return known;
  },
  user: (caller) => {
    const known = mustBeKnown(caller);
    if (known.kind !== 'user') throw new CallError('not_allowed');
    return known;
  },
  'app or user': (caller, scope) => {
    const known = mustBeKnown(caller);
    if (known.kind === 'app') mustHaveScope(known, scope);
    return known;
  },
  anybody: () => undefined,
};

/** A route that names no scope admits no key. */
function mustHaveScope({ key }: AppCaller, scope: Scope | undefined): void {
  if (scope === undefined || !key.scopes.includes(scope)) throw new CallError('scope_missing');
}

function mustBeKnown(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new CallError('unauthenticated');
  return caller;
}
