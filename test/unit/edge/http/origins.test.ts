/** Pages of which origins may use the API from a browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serve, worldOf } from '../server.ts';
import type { Served } from '../server.ts';

const app = 'https://app.example';
let http: Served;

beforeAll(async () => {
  http = await serve({ ...worldOf().options, allowedOrigins: [app] });
});
afterAll(async () => {
  await http.stop();
});

const preflight = (origin: string) =>
  http.ask('OPTIONS', '/v1/calls', {
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });

test('a page of an allowed origin may call the API', async () => {
  const { status, headers } = await preflight(app);
  expect([status, headers.get('access-control-allow-origin')]).toEqual([204, app]);
  expect(headers.get('access-control-allow-headers')).toBe('authorization');
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});

test('a page of another origin may not call the API', async () => {
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'null']) {
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
  }
});
