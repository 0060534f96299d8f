/** The caller of a request: the app's backend with its API key, or one of its users with a token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';

export interface AppCaller {
  readonly kind: 'app';
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

/** Finds the caller of a request. Throws `unauthenticated`, `token_expired` or `not_allowed`. */
export type Identify = (authorization: string | undefined) => Promise<Caller>;

export interface IdentifyOptions {
  readonly apiKey: string;
  readonly useCases: { readUserToken(token: string): Promise<TokenHolder> };
}

export function createIdentify({ useCases, ...options }: IdentifyOptions): Identify {
  const apiKey = digest(options.apiKey);
  return async (authorization) => {
    const credential = credentialIn(authorization);
    if (credential === undefined) throw new CallError('unauthenticated');
    // Digests have equal length, and do not reveal how much of a guess was right.
    if (timingSafeEqual(digest(credential), apiKey)) return { kind: 'app' };
    const { userId } = await useCases.readUserToken(credential);
    return { kind: 'user', userId };
  };
}

function credentialIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}

const claims = z.object({ sub: z.string().max(1_024) });

/** The user that a token names, unverified. */
export function claimedUser(authorization: string | undefined): string | undefined {
  const payload = /^[^.]*\.([^.]+)\.[^.]*$/.exec(credentialIn(authorization) ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const parsed = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data.sub : undefined;
  } catch {
    // Not JSON, so it cannot be a token.
    return undefined;
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Admits a caller to a route. A valid caller of the wrong kind gets `not_allowed`. */
export const admit: { readonly [A in Access]: (caller: Caller | undefined) => Callers[A] } = {
  app: (caller) => {
    const known = mustBeKnown(caller);
    if (known.kind !== 'app') throw new CallError('not_allowed');
    return known;
  },
  user: (caller) => {
    const known = mustBeKnown(caller);
    if (known.kind !== 'user') throw new CallError('not_allowed');
    return known;
  },
  'app or user': mustBeKnown,
  anybody: () => undefined,
};

function mustBeKnown(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new CallError('unauthenticated');
  return caller;
}
