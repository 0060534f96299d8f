/** Lists as long as the API describes them get through, whatever the limit of other bodies is; nothing else does. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { bulkMaxBytes, maxAtOnce, putUsers, relationChanges } from '../../../../src/protocol/http/http.ts';
import { apiKey, serve, settled, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let alice: string;

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  ({ alice } = await settled(world));
});
afterEach(() => http.stop());

const longId = (number: number) => String(number).padStart(64, 'x');
const numbers = Array.from({ length: maxAtOnce }, (_, index) => index);
const refusal = ({ status, json }: Awaited<ReturnType<Served['ask']>>) => [status, json['code']];

test('the maximum number of changes with the longest ids is accepted', async () => {
  const body = {
    changes: numbers.map((number) => ({ from: longId(number), kind: 'address_book', to: longId(1), holds: false })),
  };
  expect(relationChanges.safeParse(body).success).toBe(true);
  const spaced = JSON.stringify(body, undefined, 2);
  expect(spaced.length).toBeGreaterThan(world.options.bodyMaxBytes);
  expect((await http.ask('POST', '/v1/relations', { as: apiKey, body: spaced })).status).toBe(204);
});

test('the maximum number of users with the longest names, as some libraries encode them, is accepted', async () => {
  const name = '\\u00e4'.repeat(80);
  const users = numbers.map((number) => `{ "id": "${longId(number)}", "name": "${name}", "verified": false }`);
  const body = `{ "users": [${users.join(', ')}] }`;
  expect(putUsers.safeParse(JSON.parse(body)).success).toBe(true);
  const { status, json } = await http.ask('POST', '/v1/users', { as: apiKey, body });
  expect([status, z.array(z.unknown()).parse(json['users']).length]).toEqual([200, maxAtOnce]);
});

test('the maximum number of callees is accepted from the app, even with a small limit for other bodies', async () => {
  await http.stop();
  http = await serve({ ...world.options, bodyMaxBytes: 1_000 });
  const body = { callerId: 'alice', userIds: numbers.slice(0, 100).map(longId) };
  expect((await http.ask('POST', '/v1/callable', { as: apiKey, body })).status).toBe(200);
  expect(refusal(await http.ask('POST', '/v1/me/callable', { as: alice, body }))).toEqual([413, 'message_too_large']);
});

test('a body larger than any list needs is too large, and one sent by a user is not read at all', async () => {
  const body = JSON.stringify({ changes: [], padding: 'x'.repeat(bulkMaxBytes) });
  expect(refusal(await http.ask('POST', '/v1/relations', { as: apiKey, body }))).toEqual([413, 'message_too_large']);
  expect(refusal(await http.ask('POST', '/v1/relations', { as: alice, body }))).toEqual([403, 'not_allowed']);
  const name = { name: 'x'.repeat(world.options.bodyMaxBytes) };
  expect(refusal(await http.ask('PUT', '/v1/users/bob', { as: apiKey, body: name }))).toEqual([
    413,
    'message_too_large',
  ]);
});
