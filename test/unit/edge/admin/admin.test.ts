import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAdminApp } from '../../../../src/edge/admin/adminApp.ts';
import { worldOf } from '../server.ts';

let failing: readonly string[];
let draining: boolean;
let text: () => Promise<string>;
const world = worldOf();
const server = createServer(
  createAdminApp({
    failing: () => Promise.resolve(failing),
    isDraining: () => draining,
    drain: () => {
      draining = true;
    },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: () => text() },
    log: world.options.log,
  }),
);

beforeEach(async () => {
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
