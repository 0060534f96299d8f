/** Who is let in where: made from the list of routes, so that a new route is tried without being named here. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import type { Access } from '../../../../src/edge/http/auth.ts';
import { apiKey, expiredKey, keyWithout, routesOf, scopedKey, serve, worldOf } from '../server.ts';
import type { Answer, Served } from '../server.ts';

const world = worldOf();
const routes = routesOf(world);
const callId = 'call_0123456789012345678901' as const;

let http: Served;
const credentials = new Map<string, string | undefined>();

beforeAll(async () => {
  http = await serve(world.options);
  const { tokens, time } = world;
  time.now -= 3_600_000;
  const expired = await world.tokenOf('alice');
  time.now += 3_600_000;
  const unsigned = [{ alg: 'none' }, { sub: 'alice', aud: 'veilcast:user', iss: 'veilcast', exp: 9_999_999_999 }];
  credentials.set('none', undefined);
  credentials.set('the wrong key', `${apiKey}x`);
  credentials.set('an expired token', expired);
  credentials.set('a ticket', await tokens.issueTicket({ callId, userId: 'alice', rights: ['watch'] }));
  credentials.set('a token of another secret', await foreignToken());
  credentials.set('an unsigned token', `${unsigned.map(base64url).join('.')}.`);
  credentials.set('the API key', apiKey);
  credentials.set('an expired API key', expiredKey);
});
/** One of the routes erases her. */
beforeEach(async () => {
  credentials.set('a user token', await world.tokenOf('alice'));
});
afterAll(() => http.stop());

const base64url = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function foreignToken(): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('veilcast')
    .setAudience('veilcast:user')
    .setSubject('alice')
    .setExpirationTime(9_999_999_999)
    .sign(new TextEncoder().encode('another secret that is long enough too'));
}

/** What each credential meets at each door; `in` is anything but a refusal at the door. */
const expected: Readonly<Record<string, Readonly<Record<Access, string>>>> = {
  none: {
    app: '401 unauthenticated',
    user: '401 unauthenticated',
    'app or user': '401 unauthenticated',
    anybody: 'in',
  },
  'the wrong key': bad('unauthenticated'),
  'an expired token': bad('token_expired'),
  'a ticket': bad('unauthenticated'),
  'a token of another secret': bad('unauthenticated'),
  'an expired API key': bad('key_expired'),
  'an unsigned token': bad('unauthenticated'),
  'a user token': { app: '403 not_allowed', user: 'in', 'app or user': 'in', anybody: 'in' },
  'the API key': { app: 'in', user: '403 not_allowed', 'app or user': 'in', anybody: 'in' },
};

function bad(code: string): Record<Access, string> {
  return { app: `401 ${code}`, user: `401 ${code}`, 'app or user': `401 ${code}`, anybody: 'in' };
}

function outcome({ status, json }: Answer): string {
  const code = json['code'];
  const atTheDoor = status === 401 || code === 'not_allowed' || code === 'scope_missing';
  return atTheDoor && typeof code === 'string' ? `${status} ${code}` : 'in';
}

describe.each(routes.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const))(
  '%s',
  (_name, { method, path, access }) => {
    test.each(Object.keys(expected))('with %s', async (name) => {
      const as = credentials.get(name);
      const url = path.replace('{callId}', callId).replace(/\{\w+\}/, 'alice');
      const answer = await http.ask(method.toUpperCase(), url, as === undefined ? {} : { as });
      expect(outcome(answer)).toBe(expected[name]?.[access]);
      expect(answer.headers.get('www-authenticate')).toBe(answer.status === 401 ? 'Bearer' : null);
    });
  },
);

describe.each(
  routes.flatMap(({ method, path, scope }) =>
    scope === undefined ? [] : [[`${method.toUpperCase()} ${path}`, { method, path, scope }] as const],
  ),
)('%s', (_name, { method, path, scope }) => {
  const url = path.replace('{callId}', callId).replace(/\{\w+\}/, 'alice');

  test('refuses an API key with every scope but its own', async () => {
    expect(outcome(await http.ask(method.toUpperCase(), url, { as: keyWithout(scope) }))).toBe('403 scope_missing');
  });

  test('admits an API key with its scope alone', async () => {
    expect(outcome(await http.ask(method.toUpperCase(), url, { as: scopedKey(scope) }))).toBe('in');
  });
});

test('every route of the app names a scope, and no route opens to a key for metrics', () => {
  for (const { access, scope, method, path } of routes) {
    expect([method, path, scope !== undefined]).toEqual([method, path, access.startsWith('app')]);
    expect(scope).not.toBe('metrics');
  }
});

test('a key with the scope `read` changes nothing: what it may ask is a GET, or checks who may call', () => {
  const reading = routes.filter(({ scope }) => scope === 'read').filter(({ method }) => method !== 'get');
  expect(reading.map(({ path }) => path)).toEqual(['/v1/callable']);
});

test('other schemes and forms are not accepted as credentials', async () => {
  for (const authorization of ['', 'Bearer', `Basic ${apiKey}`, apiKey, `Bearer ${apiKey} more`, 'Bearer  ']) {
    const { status } = await http.ask('GET', '/v1/users', { headers: { authorization } });
    expect([authorization, status]).toEqual([authorization, 401]);
  }
  const { status } = await http.ask('GET', '/v1/users', { headers: { authorization: `bearer ${apiKey}` } });
  expect(status).toBe(200);
});

test('a stranger is refused before the body is read', async () => {
  const { json } = await http.ask('POST', '/v1/calls', { body: 'not JSON' });
  expect(json['code']).toBe('unauthenticated');
});
