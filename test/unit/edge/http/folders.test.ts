import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serve, worldOf } from '../server.ts';
import type { Served } from '../server.ts';

let folder: string;
let http: Served;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-folders-'));
  for (const name of ['page', 'client']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'page', 'index.html'), '<p>the page</p>');
  await writeFile(join(folder, 'client', 'index.js'), 'export {};');
  await writeFile(join(folder, 'secret'), 'not served');
  http = await serve({
    ...worldOf().options,
    pageFolder: join(folder, 'page'),
    clientFolder: join(folder, 'client'),
  });
});
afterAll(async () => {
  await http.stop();
  await rm(folder, { recursive: true });
});

test('the page is served at the root and the SDK under /client/', async () => {
  expect((await http.ask('GET', '/')).text).toBe('<p>the page</p>');
  expect((await http.ask('GET', '/client/index.js')).text).toBe('export {};');
});

test('nothing outside the folders is served', async () => {
  for (const path of [
    '/secret',
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/client/..%2f..%2fsecret',
    '/client/',
  ]) {
    expect(await http.ask('GET', path)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await http.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 404 /);
  }
});
