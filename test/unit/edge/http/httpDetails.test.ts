/** What HTTP asks of any server: methods, types and encodings of content, targets, upgrades. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiKey, serve, settled, worldOf } from '../server.ts';
import type { Served } from '../server.ts';

let http: Served;
let alice: string;
beforeAll(async () => {
  const world = worldOf();
  http = await serve(world.options);
  ({ alice } = await settled(world));
});
afterAll(() => http.stop());

describe('a known path with another method', () => {
  test.each([
    ['DELETE', '/v1/calls', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', '/v1/calls/call_0123456789012345678901/answer', 'OPTIONS, POST'],
    ['GET', '/v1/calls/call_0123456789012345678901/answer/', 'OPTIONS, POST'],
    ['PROPFIND', '/v1/me/settings', 'GET, HEAD, OPTIONS, PATCH'],
    ['POST', '/v1/openapi.json', 'GET, HEAD, OPTIONS'],
    ['POST', '/v1/connect', 'GET, HEAD, OPTIONS'],
  ])('%s %s is answered with the allowed methods', async (method, path, allow) => {
    const { status, json, headers } = await http.ask(method, path);
    expect([status, json['code'], headers.get('allow')]).toEqual([405, 'method_not_allowed', allow]);
  });

  test('OPTIONS also gets them; unknown paths do not exist for any method', async () => {
    const { status, headers, text } = await http.ask('OPTIONS', '/v1/me/settings');
    expect([status, headers.get('allow'), text]).toEqual([204, 'GET, HEAD, OPTIONS, PATCH', '']);
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status: missing } = await http.ask(method, '/v1/nowhere');
      expect(missing).toBe(404);
    }
  });

  test('HEAD is GET without a body', async () => {
    const { status, text, headers } = await http.ask('HEAD', '/v1/me/settings', { as: alice });
    expect([status, text]).toEqual([200, '']);
    expect(Number(headers.get('content-length'))).toBeGreaterThan(0);
    expect((await http.ask('HEAD', '/v1/calls/call_0123456789012345678901/answer')).status).toBe(405);
  });
});

describe('content', () => {
  const patch = (body: string, headers: Record<string, string>) =>
    http.ask('PATCH', '/v1/me/settings', { as: alice, body, headers });
  const settings = JSON.stringify({ callingOn: true });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/merge-patch+json',
    'APPLICATION/JSON',
  ])('%s is accepted', async (type) => {
    expect((await patch(settings, { 'content-type': type })).status).toBe(200);
  });

  test.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'nonsense' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
  ])('%p is not', async (headers) => {
    const answer = await patch(settings, { 'content-type': 'application/json', ...headers });
    expect([answer.status, answer.json['code']]).toEqual([415, 'unsupported_content']);
    expect(answer.headers.get('accept')).toBe('application/json');
    expect(answer.headers.get('accept-encoding')).toBe('identity');
  });

  test('text that is not UTF-8 is refused and not silently repaired', async () => {
    const broken = new Blob(['{"callingOn":true,"', new Uint8Array([0xff]), '":1}']);
    const { status, json } = await http.ask('PATCH', '/v1/me/settings', { as: alice, body: broken });
    expect([status, json['code']]).toEqual([400, 'malformed']);
  });

  test.each(['null', '5', '"x"', 'true', '[]'])('%s is JSON, but not a request', async (body) => {
    const answer = await patch(body, {});
    expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_request']);
  });

  test('a body that is not JSON is malformed', async () => {
    expect((await patch('{', {})).json['code']).toBe('malformed');
  });
});

test('the socket path asks clients without WebSocket to upgrade', async () => {
  for (const path of ['/v1/connect', '/v1/connect/']) {
    const { status, json, headers } = await http.ask('GET', path);
    expect([status, json['code'], headers.get('upgrade')]).toEqual([426, 'upgrade_required', 'websocket']);
  }
});

test('an absolute URL as target, and a trailing slash', async () => {
  const lines = [`GET http://veilcast.example/v1/users/alice/ HTTP/1.1`, 'Host: veilcast.example'];
  const answer = await http.raw(
    [...lines, `Authorization: Bearer ${apiKey}`, 'Connection: close', '', ''].join('\r\n'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('"id":"alice"');
});
