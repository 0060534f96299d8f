import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import { adminRoutes, createAdminApp } from '../../../../src/edge/admin/adminApp.ts';
import type { ReloadOutcome } from '../../../../src/edge/admin/adminApp.ts';
import { MemoryMaintenance } from '../../../../src/adapters/memory/memoryMaintenance.ts';
import { KnownMaintenance } from '../../../../src/commands/cluster/maintenance.ts';
import { apiKey, expiredKey, scopedKey, scopes, serve, start, worldOf } from '../server.ts';

let failing: readonly string[];
let draining: boolean;
let text: () => Promise<string>;
const world = worldOf();
const refusals: string[] = [];
let reload: () => Promise<ReloadOutcome>;
const maintenance = new KnownMaintenance({ mode: new MemoryMaintenance(), clock: world.options.clock });
const adminOptions = {
  maintenance,
  reload: () => reload(),
  failing: () => Promise.resolve(failing),
  isDraining: () => draining,
  drain: () => {
    draining = true;
  },
  metrics: {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: () => text(),
    refused: (_edge: 'admin', code: string) => void refusals.push(code),
  },
  log: world.options.log,
};
const { apiKeys } = world.options;
const onLoopback = createAdminApp({ ...adminOptions, access: { apiKeys, trustsThisMachine: true } });
const elsewhere = createAdminApp({ ...adminOptions, access: { apiKeys, trustsThisMachine: false } });
const routes = adminRoutes({ ...adminOptions, access: { apiKeys, trustsThisMachine: false } });
let app = onLoopback;
const server = createServer((request, response) => {
  app(request, response);
});

beforeEach(async () => {
  app = onLoopback;
  refusals.length = 0;
  world.acts.length = 0;
  reload = () => Promise.resolve({ changed: ['VEILCAST_API_KEYS'], needRestart: [] });
  failing = [];
  draining = false;
  text = () => Promise.resolve('veilcast_calls 1\n');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function get(path: string, init?: RequestInit): Promise<[status: number, text: string, type: string | null]> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const response = await fetch(`http://127.0.0.1:${address.port}${path}`, init);
  return [response.status, await response.text(), response.headers.get('content-type')];
}

test('the liveness check passes, whatever else does not work', async () => {
  failing = ['store'];
  expect((await get('/healthz')).slice(0, 2)).toEqual([200, '{"status":"alive"}']);
});

test('ready means that every check passes and no drain has begun', async () => {
  expect((await get('/readyz')).slice(0, 2)).toEqual([200, '{"status":"ready"}']);
  failing = ['store', 'media'];
  expect((await get('/readyz')).slice(0, 2)).toEqual([503, '{"status":"not_ready","failing":["store","media"]}']);
  failing = [];
  draining = true;
  expect((await get('/readyz')).slice(0, 2)).toEqual([503, '{"status":"not_ready","failing":["draining"]}']);
});

test('metrics have the content type that Prometheus requires', async () => {
  expect(await get('/metrics')).toEqual([200, 'veilcast_calls 1\n', 'text/plain; version=0.0.4; charset=utf-8']);
});

test('a failure and an unknown path reveal no details', async () => {
  text = () => Promise.reject(new Error('a secret'));
  expect((await get('/metrics')).slice(0, 2)).toEqual([500, '{"status":"failed"}']);
  expect((await get('/v1/calls')).slice(0, 2)).toEqual([404, '{"status":"not_found"}']);
});

test('programs can request a drain, and a page in a browser cannot', async () => {
  const headers = { origin: 'https://elsewhere.example' };
  expect((await get('/drain', { method: 'POST', headers })).slice(0, 2)).toEqual([403, '{"status":"refused"}']);
  expect(draining).toBe(false);
  expect((await get('/drain', { method: 'POST' })).slice(0, 2)).toEqual([202, '{"status":"draining"}']);
  expect(draining).toBe(true);
});

test('a drain is written to the audit log with the name of who asked for it, never the key', async () => {
  await get('/drain', { method: 'POST' });
  app = elsewhere;
  await get('/drain', { method: 'POST', headers: bearer(apiKey) });
  expect(world.acts).toEqual([
    { by: 'loopback', act: 'drain' },
    { by: 'default', act: 'drain' },
  ]);
});

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const asked = async (method: string, path: string, headers: Record<string, string> = {}) =>
  (await get(path, { method: method.toUpperCase(), headers }))[0];

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  'beyond loopback, %s',
  (_name, { method, path, scopes: wanted }) => {
    const isOpen = wanted === 'anybody';
    beforeEach(() => {
      app = elsewhere;
    });

    test('admits nobody without a credential, unless it is a probe', async () => {
      expect(await asked(method, path)).toBe(isOpen ? 200 : 401);
    });

    test('refuses a foreign key, an expired one and the token of a user', async () => {
      for (const credential of [`${apiKey}x`, expiredKey, await world.tokenOf('alice')]) {
        expect(await asked(method, path, bearer(credential))).toBe(isOpen ? 200 : 401);
      }
    });

    test.each(scopes)('admits a key with the scope %s if it is one of its own', async (scope) => {
      const status = await asked(method, path, bearer(scopedKey(scope)));
      const expected = isOpen || wanted.includes(scope);
      // A `PUT` without a body is refused for its body.
      expect(expected ? [200, 202, 400] : [403]).toContain(status);
    });
  },
);

test('beyond loopback, a stranger does not learn which paths there are', async () => {
  app = elsewhere;
  for (const path of ['/', '/dashboard', '/v1/calls', '/metrics', '/drain']) {
    for (const method of ['GET', 'DELETE']) expect([path, await asked(method, path)]).toEqual([path, 401]);
  }
  expect(await asked('GET', '/v1/calls', bearer(apiKey))).toBe(404);
  expect(await asked('DELETE', '/drain', bearer(apiKey))).toBe(405);
  expect(await asked('DELETE', '/healthz')).toBe(405);
  expect(refusals).toHaveLength(10);
});

test.each([
  ['by a name that may be pointed here', { host: 'rebound.example:4401' }],
  ['through a proxy', { 'x-forwarded-for': 'a-client' }],
  ['through a proxy that says so', { via: '1.1 proxy' }],
  ['through a proxy by the standard', { forwarded: 'for=_hidden' }],
])('on loopback, a request %s needs a credential too', async (_how, headers) => {
  const ask = (more: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      // `fetch` sets the host itself.
      const sent = request(
        { host: '127.0.0.1', port, path: '/metrics', headers: { ...headers, ...more } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sent.on('error', reject).end();
    });
  expect(await ask({})).toBe(401);
  expect(await ask(bearer(scopedKey('metrics')))).toBe(200);
});

test('the public port answers none of the paths of the admin port, whatever the credential', async () => {
  const http = await serve(world.options);
  for (const { method, path } of routes) {
    for (const as of [apiKey, undefined]) {
      const { status, json } = await http.ask(method.toUpperCase(), path, as === undefined ? {} : { as });
      expect([path, status, json['code']]).toEqual([path, 404, 'not_found']);
    }
  }
  await http.stop();
});

test('a reload answers with the names of what changed, and with faults if it was refused', async () => {
  expect((await get('/reload', { method: 'POST' })).slice(0, 2)).toEqual([
    200,
    '{"status":"reloaded","changed":["VEILCAST_API_KEYS"],"needRestart":[]}',
  ]);
  reload = () => Promise.resolve({ faults: ['VEILCAST_API_KEYS: must be a JSON list'] });
  expect((await get('/reload', { method: 'POST' })).slice(0, 2)).toEqual([
    422,
    '{"status":"refused","faults":["VEILCAST_API_KEYS: must be a JSON list"]}',
  ]);
  expect(world.acts).toEqual([
    { by: 'loopback', act: 'reload', detail: 'changed: VEILCAST_API_KEYS; needs a restart: nothing' },
    { by: 'loopback', act: 'reload', detail: 'refused: nothing changed; faults: 1' },
  ]);
  world.acts.length = 0;
  reload = () => Promise.reject(new CallError('unavailable'));
  expect((await get('/reload', { method: 'POST' })).slice(0, 2)).toEqual([503, '{"status":"unavailable"}']);
  expect(world.acts).toEqual([{ by: 'loopback', act: 'reload', detail: 'failed: nothing changed' }]);
});

test('maintenance begins with a text for people and the name of who began it, and ends', async () => {
  const json = { 'content-type': 'application/json' };
  const put = (body: string) => get('/maintenance', { method: 'PUT', headers: json, body });
  expect((await get('/maintenance')).slice(0, 2)).toEqual([200, '{"status":"normal"}']);
  for (const body of ['{}', '{"text":""}', '{"text":"x","until":1}', `{"text":"${'x'.repeat(501)}"}`, '{"te']) {
    expect([body, (await put(body))[0]]).toEqual([body, 400]);
  }
  expect(() => {
    maintenance.mustTakeCalls();
  }).not.toThrow();
  const begun = { status: 'maintenance', text: 'Back at noon.', since: start, by: 'loopback' };
  for (const [status, text] of [await put('{"text":"Back at noon."}'), await get('/maintenance')]) {
    expect([status, JSON.parse(text)]).toEqual([200, begun]);
  }
  expect(() => {
    maintenance.mustTakeCalls();
  }).toThrow(expect.objectContaining({ code: 'maintenance', detail: 'Back at noon.' }));
  expect((await get('/maintenance', { method: 'DELETE' })).slice(0, 2)).toEqual([200, '{"status":"normal"}']);
  expect(maintenance.now).toBeUndefined();
  expect(world.acts).toEqual([
    { by: 'loopback', act: 'maintenance', detail: 'begun' },
    { by: 'loopback', act: 'maintenance', detail: 'ended' },
  ]);
});
