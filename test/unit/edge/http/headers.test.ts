/** What stands in and around the answers for browsers, and by which names the server may be called. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeInterfaces } from '../../../../src/edge/docs/interfaceDocuments.ts';
import type { InterfaceDocuments } from '../../../../src/edge/docs/interfaceDocuments.ts';
import { allowsHostsOf } from '../../../../src/edge/http/hosts.ts';
import type { Route } from '../../../../src/edge/http/route.ts';
import { serve, worldOf } from '../server.ts';
import type { Served } from '../server.ts';

/** Those of one server are those of the others. */
let documents: InterfaceDocuments | undefined;
const makeDocuments = (routes: readonly Route[]) => (documents ??= describeInterfaces(routes));

let folder: string;
let production: Served;
let development: Served;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-headers-'));
  await mkdir(join(folder, 'client'));
  await writeFile(join(folder, 'client', 'index.js'), 'export {};');
  await writeFile(join(folder, 'client', 'index.js.map'), '{"sources":[]}');
  const clientFolder = join(folder, 'client');
  production = await serve({ ...worldOf().options, makeDocuments, clientFolder, withDemoPeople: false });
  const allowsHost = allowsHostsOf(['https://app.example:8443']);
  development = await serve({ ...worldOf().options, makeDocuments, clientFolder, withDemoPeople: true, allowsHost });
});
afterAll(async () => {
  await Promise.all([production.stop(), development.stop()]);
  await rm(folder, { recursive: true });
});

const get = (served: Served, path: string, host: string, more = '') =>
  served.raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`);

test('pages may connect only to this server', async () => {
  const policy = (answer: string) => /connect-src ([^;\r\n]*)/.exec(answer)?.[1];
  expect(policy(await get(production, '/v1/docs', 'calls.example:4400'))).toBe(
    "'self' ws://calls.example:4400 wss://calls.example:4400",
  );
  expect(policy(await get(production, '/v1/docs', '[::1]:4400'))).toBe("'self' ws://[::1]:4400 wss://[::1]:4400");
  // What is no host adds nothing to the policy.
  for (const host of ['*', 'a.example;script-src *', "x' *", 'evil example']) {
    const answer = await get(production, '/v1/docs', host);
    expect(answer.startsWith('HTTP/1.1 400') || policy(answer)?.trim() === "'self'").toBe(true);
  }
});

test('pages may use only what a call needs', async () => {
  const { headers } = await production.ask('GET', '/v1/docs');
  const policy = (headers.get('permissions-policy') ?? '').split(', ');
  for (const feature of ['camera', 'microphone', 'display-capture']) expect(policy).toContain(`${feature}=(self)`);
  for (const feature of ['geolocation', 'usb', 'payment', 'midi']) expect(policy).toContain(`${feature}=()`);
  expect(policy.join()).not.toContain('*');
});

test('production serves no source maps of the page', async () => {
  expect((await production.ask('GET', '/client/index.js')).status).toBe(200);
  expect((await production.ask('GET', '/client/index.js.map')).status).toBe(404);
  expect((await development.ask('GET', '/client/index.js.map')).status).toBe(200);
});

describe('the development server answers only to known hosts', () => {
  test.each([
    'localhost',
    'localhost:4400',
    'alice.localhost',
    '127.0.0.1:4400',
    '[::1]:4400',
    '10.1.2.3',
    'app.example:8443',
  ])('%s', async (host) => {
    expect(await get(development, '/v1/docs', host)).toMatch(/^HTTP\/1.1 200 /);
  });
  test.each([
    'evil.example',
    'localhost.evil.example',
    'app.example.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:4400',
  ])('and not to %s', async (host) => {
    expect(await get(development, '/v1/docs', host)).toMatch(/^HTTP\/1.1 421 /);
    expect(await get(production, '/v1/docs', host)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe.each(['/v1/openapi.json', '/v1/asyncapi.json', '/v1/docs', '/v1/docs/socket'])('%s', (path) => {
  test('is cached with an ETag', async () => {
    const first = await production.ask('GET', path);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const again = await get(production, path, 'localhost', `If-None-Match: ${etag}\r\n`);
    expect(again).toMatch(/^HTTP\/1.1 304 /);
    expect(again.split('\r\n\r\n')[1]).toBe('');
    expect(await get(production, path, 'localhost', 'If-None-Match: "another"\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('is rate-limited for each client', async () => {
    const limited = await serve({ ...worldOf().options, makeDocuments, limits: { documentsPerMinute: 2 } });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await limited.ask('GET', path)).status);
    expect(statuses).toEqual([200, 200, 429]);
    await limited.stop();
  });
});
