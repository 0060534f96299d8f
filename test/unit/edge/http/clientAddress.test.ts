/** Limits count the guilty, not who stands behind the same address. */
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { clientsBehind, networkOf } from '../../../../src/edge/http/clientAddress.ts';
import type { HttpAppOptions } from '../../../../src/edge/http/app.ts';
import { Limits } from '../../../../src/edge/http/limits/httpRateLimits.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { serve, settled, worldOf } from '../server.ts';
import type { Served } from '../server.ts';

let http: Served | undefined;
afterEach(async () => {
  await http?.stop();
  http = undefined;
});

describe('the network of an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%s belongs to %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

async function started(options: Partial<HttpAppOptions> = {}) {
  const world = worldOf();
  const limits = { failedCredentialsPerMinute: 3 };
  http = await serve({ ...world.options, limits, ...options });
  const { alice } = await settled(world);
  const served = http;
  const code = async (as: string, headers: Record<string, string> = {}) =>
    (await served.ask('GET', '/v1/me/settings', { as, headers })).json['code'];
  const flood = async (as: string, headers: Record<string, string> = {}) => {
    for (let count = 0; count < 5; count += 1) await code(as, headers);
    return code(as, headers);
  };
  return { world, alice, code, flood };
}

const forged = (token: string, userId: string): string => {
  const [head = '', , signature = ''] = token.split('.');
  return [head, Buffer.from(JSON.stringify({ sub: userId })).toString('base64url'), signature].join('.');
};

test('bad credentials behind one proxy do not stop an honest client from renewing a token', async () => {
  const { world, alice, code, flood } = await started();
  expect(await flood('a-guess-at-the-key-of-the-app')).toBe('too_many_requests');
  expect(await flood(forged(alice, 'mallory'))).toBe('too_many_requests');
  expect(await code(alice)).toBeUndefined();
  world.time.now += 120_000;
  // As often as it needs.
  for (let count = 0; count < 5; count += 1) expect(await code(alice)).toBe('token_expired');
});

test('guessing the credentials of one user locks out no other', async () => {
  const limits = new Limits({ clock: { now: () => 0 }, limits: { failedCredentialsPerMinute: 1 } });
  const refused = async (user?: string) =>
    limits.failedCredential('192.0.2.7', user).then(
      () => false,
      () => true,
    );
  await refused('mallory');
  expect(await refused('mallory')).toBe(true);
  const others = await Promise.all(Array.from({ length: 20 }, (_, index) => refused(`user-${index}`)));
  // Groups are few: some of them fall together, most do not.
  expect(others.filter(Boolean).length).toBeLessThan(10);
  // And names that are made up fill no memory.
  const madeUp = await Promise.all(Array.from({ length: 1_000 }, (_, index) => refused(`made-up-${index}`)));
  expect(madeUp.filter((was) => !was).length).toBeLessThanOrEqual(64);
});

describe('behind trusted proxies', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test.each([[1], [['127.0.0.1']], [['127.0.0.0/8', '::1/128']]])(
    '%p: the clients are counted apart',
    async (trusted) => {
      const { flood } = await started({ clients: clientsBehind({ trustedProxies: trusted }) });
      expect(await flood('guess', from('192.0.2.7'))).toBe('too_many_requests');
      expect(await http?.ask('GET', '/v1/me/settings', { as: 'guess', headers: from('192.0.2.8') })).toHaveProperty(
        'status',
        401,
      );
    },
  );

  test('addresses written by the client itself are ignored', async () => {
    const { code } = await started({ clients: clientsBehind({ trustedProxies: 1 }) });
    for (let count = 0; count < 3; count += 1) await code('guess', from(`198.51.100.${count}, 192.0.2.7`));
    expect(await code('guess', from('198.51.100.99, 192.0.2.7'))).toBe('too_many_requests');
  });

  test('`Forwarded` is read if it is the configured header, and then nothing else', async () => {
    const { code } = await started({
      clients: clientsBehind({ trustedProxies: 1, trustedProxyHeader: 'forwarded' }),
    });
    const forwarded = (address: string, count: number) => ({
      ...from(`198.51.100.${count}`),
      forwarded: `for=198.51.100.${count}, For="[${address}]:4711";proto=https`,
    });
    for (let count = 0; count < 3; count += 1) await code('guess', forwarded(`2001:db8::${count}`, count));
    expect(await code('guess', forwarded('2001:db8::77', 77))).toBe('too_many_requests');
    expect(await code('guess', forwarded('2001:db8:0:1::77', 77))).toBe('unauthenticated');
  });

  test('without the setting no header is trusted', async () => {
    const { code } = await started();
    for (let count = 0; count < 3; count += 1) await code('guess', from(`198.51.100.${count}`));
    expect(await code('guess', from('198.51.100.99'))).toBe('too_many_requests');
  });
});

test('the running requests of a user are limited over all connections', async () => {
  const waiting: (() => void)[] = [];
  const { world } = await started();
  await http?.stop();
  const useCases = {
    ...world.options.useCases,
    readHistory: () =>
      new Promise<never>((_resolve, reject) =>
        waiting.push(() => {
          reject(new Error('over'));
        }),
      ),
  };
  const served = await serve({ ...world.options, useCases, limits: { requestsInFlight: 2 } });
  http = served;
  const alice = await world.tokenOf('alice');
  const asked = [1, 2].map(() => served.ask('GET', '/v1/me/calls', { as: alice }));
  while (waiting.length < 2) await new Promise((go) => setImmediate(go));
  const third = await served.ask('GET', '/v1/me/settings', { as: alice });
  expect([third.status, third.json['code']]).toEqual([429, 'too_many_in_flight']);
  expect((await served.ask('GET', '/v1/me/settings', { as: await world.tokenOf('bob') })).status).toBe(200);
  for (const step of waiting) step();
  await Promise.all(asked);
  expect((await served.ask('GET', '/v1/me/settings', { as: alice })).status).toBe(200);
});

test('a request whose client leaves while its token is read takes no place', async () => {
  const { world } = await started();
  await http?.stop();
  const { useCases } = world.options;
  let letGo: (() => void) | undefined;
  const readUserToken = async (token: string) => {
    if (letGo === undefined) await new Promise<void>((resolve) => (letGo = resolve));
    return useCases.readUserToken(token);
  };
  const served = await serve({
    ...world.options,
    useCases: { ...useCases, readUserToken },
    limits: { requestsInFlight: 1 },
  });
  http = served;
  const alice = await world.tokenOf('alice');
  const socket = connect(served.port, '127.0.0.1');
  socket.write(`GET /v1/me/settings HTTP/1.1\r\nHost: veilcast\r\nAuthorization: Bearer ${alice}\r\n\r\n`);
  await waitFor('the look at the token', () => letGo !== undefined);
  socket.destroy();
  await waitFor('the client to be gone', async () => (await served.connections()) === 0);
  letGo?.();
  const next = () => served.ask('GET', '/v1/me/settings', { as: alice });
  await waitFor('room for her next request', async () => (await next()).status === 200);
});
