/** Who asks: the app's backend with its API key, or one of its users with a token. */
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

/** Which caller a route takes, and what its handler therefore gets. */
export interface Callers {
  readonly app: AppCaller;
  readonly user: UserCaller;
  readonly 'app or user': Caller;
  readonly anybody: undefined;
}
export type Access = keyof Callers;

/** `undefined` where nobody was asked who they are. Throws `unauthenticated`, `token_expired` or `not_allowed`. */
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
    // Digests are of one length and tell nothing of how much of a guess was right.
    if (timingSafeEqual(digest(credential), apiKey)) return { kind: 'app' };
    const { userId } = await useCases.readUserToken(credential);
    return { kind: 'user', userId };
  };
}

function credentialIn(authorization: string | undefined): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
}

const claims = z.object({ sub: z.string().max(1_024) });

/** The user that a token names, which nobody has checked. */
export function claimedUser(authorization: string | undefined): string | undefined {
  const payload = /^[^.]*\.([^.]+)\.[^.]*$/.exec(credentialIn(authorization) ?? '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const parsed = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data.sub : undefined;
  } catch {
    // No JSON: no token of anybody's.
    return undefined;
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Lets a known caller through a route's door. Somebody known at the wrong door is `not_allowed`. */
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
