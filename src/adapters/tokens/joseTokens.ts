/**
 * User tokens and tickets as JWTs (RFC 7519): HS256; the audience distinguishes them. One secret signs, and a second one
 * may be accepted: each has an id, which tokens name in their header (`kid`).
 */
import { createHmac } from 'node:crypto';
import { SignJWT, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import * as z from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { Instant, UserId } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { ReadTicket, ReadToken, Ticket, TokenHolder, Tokens, UserToken } from '../../ports/people/tokens.ts';
import { ticketRights } from '../../protocol/shared/calls.ts';
import { callId, ticketId, userId } from '../../protocol/shared/ids.ts';

export interface TokenSecrets {
  /** Signs. At least 32 characters. */
  readonly secret: string;
  /** Its tokens are accepted, too: the next secret before a rotation, the former one after it. */
  readonly acceptedSecret?: string | undefined;
}

export interface JoseTokensOptions extends TokenSecrets {
  readonly clock: Clock;
  readonly userTokenTtlMs: number;
  readonly ticketTtlMs: number;
  /** Allowed difference between our clock and that of the issuing node. */
  readonly clockSkewMs: number;
}

const issuer = 'veilcast';
const algorithm = 'HS256';
const keyIdLength = 8;
/** Checked on reading, so that a ticket never works as a user token, or the other way round. */
const audiences = { user: 'veilcast:user', ticket: 'veilcast:ticket' } as const;
type Audience = keyof typeof audiences;

const seconds = z.number().transform((count): Instant => count * 1000);
const userClaims = z.object({ sub: userId, gen: z.string(), exp: seconds });
const ticketClaims = z.object({
  sub: userId,
  call: callId,
  rights: z.array(ticketRights),
  exp: seconds,
  jti: ticketId.exactOptional(),
  mark: z.int().nonnegative().exactOptional(),
});

interface Key {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The id follows from the secret, so that all processes agree on it. It does not reveal the secret. */
function keyOf(secret: string): Key {
  const id = createHmac('sha256', secret).update('veilcast: the id of a token secret').digest('base64url');
  return { id: id.slice(0, keyIdLength), bytes: new TextEncoder().encode(secret) };
}

export class JoseTokens implements Tokens {
  #signing: Key;
  #accepted: readonly Key[];
  readonly #clock: Clock;
  readonly #ttlMs: Readonly<Record<Audience, number>>;
  readonly #clockSkewMs: number;

  constructor({ clock, userTokenTtlMs, ticketTtlMs, clockSkewMs, ...secrets }: JoseTokensOptions) {
    [this.#signing, this.#accepted] = keysOf(secrets);
    this.#clock = clock;
    this.#clockSkewMs = clockSkewMs;
    this.#ttlMs = { user: userTokenTtlMs, ticket: ticketTtlMs };
  }

  /** From now on, only tokens of these secrets are valid. */
  replaceSecrets(secrets: TokenSecrets): void {
    [this.#signing, this.#accepted] = keysOf(secrets);
  }

  issueUserToken({ userId: user, generation }: TokenHolder): Promise<UserToken> {
    return this.#issue('user', user, { gen: generation });
  }

  async readUserToken(token: string): Promise<ReadToken> {
    const { sub, gen, exp } = await this.#read('user', token, userClaims, {
      expired: 'token_expired',
      otherwise: 'unauthenticated',
    });
    return { userId: sub, generation: gen, expiresAt: exp };
  }

  async issueTicket(ticket: Ticket, ttlMs?: number): Promise<string> {
    const { userId: user, callId: call, rights, ticketId: jti, mark } = ticket;
    const optional = { ...(jti === undefined ? {} : { jti }), ...(mark === undefined ? {} : { mark }) };
    const { token } = await this.#issue('ticket', user, { call, rights, ...optional }, ttlMs);
    return token;
  }

  async readTicket(token: string): Promise<ReadTicket> {
    const { sub, call, rights, exp, jti, mark } = await this.#read('ticket', token, ticketClaims, {
      expired: 'ticket_expired',
      otherwise: 'ticket_invalid',
    });
    const optional = { ...(jti === undefined ? {} : { ticketId: jti }), ...(mark === undefined ? {} : { mark }) };
    return { userId: sub, callId: call, rights, expiresAt: exp, ...optional };
  }

  async #issue(
    audience: Audience,
    subject: UserId,
    claims: JWTPayload,
    ttlMs = this.#ttlMs[audience],
  ): Promise<UserToken> {
    const now = this.#clock.now();
    // JWTs count in seconds: round up, so that a token lasts at least as long as it should.
    const expires = Math.ceil((now + ttlMs) / 1000);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: this.#signing.id })
      .setIssuer(issuer)
      .setAudience(audiences[audience])
      .setSubject(subject)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(expires)
      .sign(this.#signing.bytes);
    return { token, expiresAt: expires * 1000 };
  }

  async #read<C extends z.ZodType>(
    audience: Audience,
    token: string,
    claims: C,
    codes: { readonly expired: ErrorCode; readonly otherwise: ErrorCode },
  ): Promise<z.output<C>> {
    const payload = await this.#verified(token, {
      algorithms: [algorithm],
      issuer,
      audience: audiences[audience],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(this.#clock.now()),
      clockTolerance: this.#clockSkewMs / 1000,
    }).catch((cause: unknown) => {
      throw new CallError(cause instanceof errors.JWTExpired ? codes.expired : codes.otherwise, { cause });
    });
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw new CallError(codes.otherwise, { cause: parsed.error });
    return parsed.data;
  }

  async #verified(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const { kid } = decodeProtectedHeader(token);
    // A token from before key ids names none.
    const candidates = this.#accepted.filter(({ id }) => kid === undefined || id === kid);
    for (const { bytes } of candidates.slice(0, -1)) {
      try {
        return (await jwtVerify(token, bytes, options)).payload;
      } catch (error) {
        // The other secret may have signed it.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      }
    }
    const last = candidates.at(-1);
    if (last === undefined) throw new errors.JWSSignatureVerificationFailed('the token names an unknown key');
    return (await jwtVerify(token, last.bytes, options)).payload;
  }
}

function keysOf({ secret, acceptedSecret }: TokenSecrets): readonly [signing: Key, accepted: readonly Key[]] {
  const signing = keyOf(secret);
  return [signing, acceptedSecret === undefined ? [signing] : [signing, keyOf(acceptedSecret)]];
}
