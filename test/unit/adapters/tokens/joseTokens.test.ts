import { beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import { JoseTokens } from '../../../../src/adapters/tokens/joseTokens.ts';
import type { Ticket, TokenHolder } from '../../../../src/ports/people/tokens.ts';

const secret = 'a secret of tests, long enough to be one';
const key = new TextEncoder().encode(secret);
const start = 1_700_000_000_123;
const ticket: Ticket = { callId: 'call_0123456789012345678901', userId: 'alice', rights: ['watch', 'publish'] };
const alice: TokenHolder = { userId: 'alice', generation: 'first' };

let now: number;
const clock = { now: () => now };
const times = { userTokenTtlMs: 60_000, ticketTtlMs: 5_000 };
const tokens = new JoseTokens({ secret, clock, ...times, clockSkewMs: 0 });
beforeEach(() => {
  now = start;
});

const code = (expected: string) => ({ name: 'CallError', code: expected });

describe('a user token', () => {
  test('is valid until it expires, and names its user', async () => {
    const { token, expiresAt } = await tokens.issueUserToken(alice);
    expect(await tokens.readUserToken(token)).toEqual({ ...alice, expiresAt });
    now = start + 60_000;
    expect(await tokens.readUserToken(token)).toEqual({ ...alice, expiresAt });
    now = expiresAt;
    await expect(tokens.readUserToken(token)).rejects.toMatchObject(code('token_expired'));
  });

  test('is accepted by a node whose clock is ahead within the allowed skew, and not beyond it', async () => {
    const skewed = new JoseTokens({ secret, clock, ...times, clockSkewMs: 2_000 });
    const { token, expiresAt } = await tokens.issueUserToken(alice);
    now = expiresAt + 1_000;
    expect(await skewed.readUserToken(token)).toEqual({ ...alice, expiresAt });
    now = expiresAt + 3_000;
    await expect(skewed.readUserToken(token)).rejects.toMatchObject(code('token_expired'));
  });

  test('contains the user and its times, and nothing else', async () => {
    const { token } = await tokens.issueUserToken(alice);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: expect.stringMatching(/^[\w-]{8}$/),
    });
    expect(Object.keys(decodeJwt(token)).sort()).toEqual(['aud', 'exp', 'gen', 'iat', 'iss', 'sub']);
  });

  test('is not accepted as a ticket', async () => {
    const { token } = await tokens.issueUserToken(alice);
    await expect(tokens.readTicket(token)).rejects.toMatchObject(code('ticket_invalid'));
  });
});

describe('a ticket', () => {
  test('names the user, the call and the rights until it expires', async () => {
    const token = await tokens.issueTicket(ticket);
    expect(await tokens.readTicket(token)).toEqual({ ...ticket, expiresAt: Math.ceil((start + 5_000) / 1000) * 1000 });
    now += 10_000;
    await expect(tokens.readTicket(token)).rejects.toMatchObject(code('ticket_expired'));
  });

  test('is not accepted as a user token, even when it has expired', async () => {
    const token = await tokens.issueTicket(ticket);
    await expect(tokens.readUserToken(token)).rejects.toMatchObject(code('unauthenticated'));
    now += 10_000;
    await expect(tokens.readUserToken(token)).rejects.toMatchObject(code('unauthenticated'));
  });
});

describe('a token that was not issued by us', () => {
  const claims = {
    iss: 'veilcast',
    aud: 'veilcast:user',
    sub: 'alice',
    gen: 'first',
    exp: Math.ceil(start / 1000) + 60,
  };
  const signed = (payload: object, alg = 'HS256', by = key) =>
    new SignJWT({ ...payload }).setProtectedHeader({ alg }).sign(by);
  const { exp: _exp, ...eternal } = claims;
  const { sub: _sub, ...nobodys } = claims;
  const { gen: _gen, ...timeless } = claims;
  const longKey = new TextEncoder().encode(secret.repeat(2));

  test('differs from a token that is accepted', async () => {
    expect(await tokens.readUserToken(await signed(claims))).toMatchObject(alice);
  });

  test.each<[string, () => string | Promise<string>]>([
    ['has another secret', () => signed(claims, 'HS256', longKey)],
    ['has another algorithm', () => signed(claims, 'HS512', longKey)],
    ['has another issuer', () => signed({ ...claims, iss: 'somebody' })],
    ['has another audience', () => signed({ ...claims, aud: 'veilcast:ticket' })],
    ['never expires', () => signed(eternal)],
    ['has no generation of its user', () => signed(timeless)],
    ['names no user', () => signed(nobodys)],
    ['names a user id that is not allowed', () => signed({ ...claims, sub: 'a\nb' })],
    ['is not signed', () => new UnsecuredJWT(claims).encode()],
    [
      'was changed',
      async () => (await signed(claims)).replace(/\.(.)/, (_, first: string) => `.${first === 'a' ? 'b' : 'a'}`),
    ],
    ['is empty', () => ''],
    ['is random text', () => 'a.b.c'],
  ])('that %s is refused', async (_name, make) => {
    await expect(tokens.readUserToken(await make())).rejects.toMatchObject(code('unauthenticated'));
  });

  test('a ticket with unknown rights or without a call is refused', async () => {
    const base = { ...claims, aud: 'veilcast:ticket', call: ticket.callId, rights: ['watch'] };
    expect(await tokens.readTicket(await signed(base))).toMatchObject({ rights: ['watch'] });
    for (const bad of [{ rights: ['everything'] }, { call: 'elsewhere' }, { call: undefined }]) {
      await expect(tokens.readTicket(await signed({ ...base, ...bad }))).rejects.toMatchObject(code('ticket_invalid'));
    }
  });
});

describe('while the secret is changed', () => {
  const nextSecret = 'the next secret of tests, long enough too';
  const node = (secrets: { secret: string; acceptedSecret?: string }) =>
    new JoseTokens({ ...secrets, clock, ...times, clockSkewMs: 0 });
  const reads = (reader: JoseTokens, token: string) =>
    reader.readUserToken(token).then(
      () => 'read',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );

  test('nodes of all its steps that can meet accept each other’s tokens, and the last step refuses the former', async () => {
    const steps = [
      node({ secret }),
      node({ secret, acceptedSecret: nextSecret }),
      node({ secret: nextSecret, acceptedSecret: secret }),
      node({ secret: nextSecret }),
    ];
    const issued = await Promise.all(steps.map(async (one) => (await one.issueUserToken(alice)).token));
    const outcomes = await Promise.all(steps.map((reader) => Promise.all(issued.map((token) => reads(reader, token)))));
    const no = 'unauthenticated';
    expect(outcomes).toEqual([
      ['read', 'read', no, no],
      ['read', 'read', 'read', 'read'],
      ['read', 'read', 'read', 'read'],
      [no, no, 'read', 'read'],
    ]);
  });

  test('a token from before key ids is read with either secret, and one that names a key with that key alone', async () => {
    const unnamed = async (from: string, kid?: string) =>
      new SignJWT({ gen: 'first' })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
        .setIssuer('veilcast')
        .setAudience('veilcast:user')
        .setSubject('alice')
        .setExpirationTime(start / 1000 + 60)
        .sign(new TextEncoder().encode(from));
    const reader = node({ secret: nextSecret, acceptedSecret: secret });
    expect(await reads(reader, await unnamed(secret))).toBe('read');
    expect(await reads(reader, await unnamed(nextSecret))).toBe('read');
    expect(await reads(reader, await unnamed('a secret of somebody else, long enough'))).toBe('unauthenticated');
    const { kid } = decodeProtectedHeader((await reader.issueUserToken(alice)).token);
    expect(await reads(reader, await unnamed(nextSecret, kid))).toBe('read');
    expect(await reads(reader, await unnamed(secret, kid))).toBe('unauthenticated');
    expect(await reads(reader, await unnamed(secret, 'unknown'))).toBe('unauthenticated');
  });

  test('an expired token is told as expired, whichever secret signed it', async () => {
    const { token } = await node({ secret }).issueUserToken(alice);
    now += 120_000;
    expect(await reads(node({ secret: nextSecret, acceptedSecret: secret }), token)).toBe('token_expired');
  });

  test('a process takes other secrets while it runs', async () => {
    const running = node({ secret });
    const { token } = await running.issueUserToken(alice);
    running.replaceSecrets({ secret: nextSecret, acceptedSecret: secret });
    expect(await reads(running, token)).toBe('read');
    expect(await reads(node({ secret: nextSecret }), (await running.issueUserToken(alice)).token)).toBe('read');
    running.replaceSecrets({ secret: nextSecret });
    expect(await reads(running, token)).toBe('unauthenticated');
  });
});
