import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { CallError, errorCatalogue } from '../../../../src/domain/kernel/errors.ts';
import type { ErrorCode } from '../../../../src/domain/kernel/errors.ts';
import { httpStatus, rpcCode } from '../../../../src/protocol/shared/errorStatus.ts';
import { problem } from '../../../../src/protocol/http/http.ts';
import { errorCode } from '../../../../src/protocol/socket/jsonRpc.ts';
import { callIn } from '../../../support/calls.ts';
import { serve, settled, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

const codes = Object.keys(errorCatalogue).map((code): ErrorCode => errorCode.parse(code));
const body = { callees: ['bob'], media: 'video', deviceId: 'alice-phone-1' };

let thrown: unknown;
let world: World;
let http: Served;
let alice: string;

beforeEach(async () => {
  const refuse = () => Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
  world = worldOf({ useCases: { createCall: refuse } });
  http = await serve(world.options);
  ({ alice } = await settled(world));
});
afterEach(() => http.stop());

describe('every refusal in the catalogue', () => {
  test.each(codes)('%s is a problem with its status and stable code', async (code) => {
    thrown = new CallError(code, { retryAfterMs: 1_500 });
    const { status, json, headers } = await http.ask('POST', '/v1/calls', { as: alice, body });
    expect(problem.parse(json)).toEqual(json);
    expect(json).toEqual({
      type: `urn:veilcast:error:${code}`,
      title: errorCatalogue[code].message,
      status: httpStatus(code),
      code,
    });
    expect(status).toBe(httpStatus(code));
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('retry-after')).toBe('2');
    expect(world.counted.refused).toEqual([code]);
  });

  test('has an HTTP status and a JSON-RPC code', () => {
    for (const code of codes) {
      expect(httpStatus(code)).toBeGreaterThanOrEqual(400);
      expect(httpStatus(code)).toBeLessThan(600);
      expect(rpcCode(code)).not.toBe(0);
    }
  });
});

test('an unknown error does not reveal its details and is logged', async () => {
  thrown = new Error('connect ECONNREFUSED with a secret');
  const { status, text, json } = await http.ask('POST', '/v1/calls', { as: alice, body });
  expect([status, json['code']]).toEqual([500, 'internal']);
  expect(text).not.toContain('secret');
  expect(world.logged).toHaveLength(1);
  expect(world.logged[0]?.fields.error).toBe(thrown);
});

test('an answer that does not match its schema is a server error, not a client error', async () => {
  await http.stop();
  const ticket = 'longer than any ticket may be'.repeat(100);
  const bad = worldOf({ useCases: { createCall: () => Promise.resolve({ call: callIn.ringing, ticket }) } });
  http = await serve(bad.options);
  const tokens = await settled(bad);
  const { status, json } = await http.ask('POST', '/v1/calls', { as: tokens.alice, body });
  expect([status, json['code'], json['issues']]).toEqual([500, 'internal', undefined]);
});

describe('broken input', () => {
  const issues = z.array(z.object({ path: z.string(), message: z.string() }));

  test('a body that is not JSON is malformed', async () => {
    for (const text of ['{', 'calls', '{"callees":["bob"],}', '\u0000']) {
      const { status, json } = await http.ask('POST', '/v1/calls', { as: alice, body: text });
      expect([text, status, json['code']]).toEqual([text, 400, 'malformed']);
    }
  });

  test('a compressed body or one of another charset is refused as such', async () => {
    for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-type': 'application/json; charset=utf-32' }]) {
      const { json } = await http.ask('POST', '/v1/calls', { as: alice, body, headers });
      expect(json['code']).toBe('unsupported_content');
    }
  });

  test('a body that is too large is refused as such, even with 10 MB', async () => {
    for (const bytes of [10_001, 10_000_000]) {
      const text = JSON.stringify({ ...body, padding: 'x'.repeat(bytes) });
      const { status, json } = await http.ask('POST', '/v1/calls', { as: alice, body: text });
      expect([status, json['code']]).toEqual([413, 'message_too_large']);
    }
  });

  test('wrong types name every place', async () => {
    const wrong = { callees: ['bob', 'not a\nname'], media: 'smell', deviceId: 7 };
    const { status, json } = await http.ask('POST', '/v1/calls', { as: alice, body: wrong });
    expect([status, json['code']]).toEqual([400, 'invalid_request']);
    const places = issues.parse(json['issues']).map(({ path }) => path);
    expect(places.sort()).toEqual(['callees.1', 'deviceId', 'media']);
    expect(JSON.stringify(json)).not.toMatch(/smell|not a/);
  });

  test('a missing body, or one that is not an object, is an invalid request', async () => {
    for (const given of [undefined, '', '[]', '[1]']) {
      const { status, json } = await http.ask('POST', '/v1/calls', {
        as: alice,
        ...(given === undefined ? {} : { body: given }),
      });
      expect([given, status, json['code']]).toEqual([given, 400, 'invalid_request']);
    }
  });

  test('invalid ids in the path are an invalid request', async () => {
    const call = await http.ask('GET', '/v1/calls/nonsense', { as: alice });
    expect([call.status, call.json['code']]).toEqual([400, 'invalid_request']);
    expect(issues.parse(call.json['issues'])[0]?.path).toBe('callId');
    const encoded = await http.ask('GET', '/v1/users/%E0%A4%A/callable', { as: alice });
    expect([encoded.status, encoded.json['code']]).toEqual([400, 'invalid_request']);
  });

  test('an unknown route is also a problem', async () => {
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['GET', '/v1/docs/../../package.json'],
      ['GET', '/v1/docs/index.html'],
    ] as const) {
      const { status, json } = await http.ask(method, path, { as: alice });
      expect([path, status, json['code']]).toEqual([path, 404, 'not_found']);
    }
  });

  test('fields outside the schema are dropped, in requests and answers', async () => {
    let seen: unknown;
    await http.stop();
    const open = worldOf({
      useCases: {
        createCall: (request) => {
          seen = request;
          return Promise.reject(new CallError('busy'));
        },
      },
    });
    http = await serve(open.options);
    const tokens = await settled(open);
    await http.ask('POST', '/v1/calls', { as: tokens.alice, body: { ...body, admin: true, __proto__: { a: 1 } } });
    const named = { callees: ['bob'], media: 'video', sensitive: false };
    expect(seen).toEqual({ caller: 'alice', callerDevice: body.deviceId, ...named });
  });

  test('the server survives random bytes in place of a request', async () => {
    for (const bytes of ['\r\n\r\n', 'GET\r\n\r\n', `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`]) {
      expect(await http.raw(bytes)).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
    }
    expect((await http.ask('GET', '/v1/me/settings', { as: alice })).status).toBe(200);
  });
});
