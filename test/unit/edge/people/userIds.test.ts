/** Users are called as their app calls them, through every route and token. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { admittedCall } from '../../../../src/protocol/shared/calls.ts';
import { userToken } from '../../../../src/protocol/http/http.ts';
import { hostileUserIds, refusedUserIds, usualUserIds } from '../../../support/userIds.ts';
import { apiKey, serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
beforeAll(async () => {
  world = worldOf();
  http = await serve(world.options);
  await http.ask('PUT', '/v1/users/callee', { as: apiKey, body: { name: 'Callee' } });
  await world.users.changeSettings('callee', { callingOn: true, audiences: ['everyone'] });
});
afterAll(() => http.stop());

test.each([...usualUserIds, ...hostileUserIds])('%j is created, called by name, and erased', async (id) => {
  const path = `/v1/users/${encodeURIComponent(id)}`;
  const made = await http.ask('PUT', path, { as: apiKey, body: { name: 'Somebody' } });
  expect([made.status, made.json['id']]).toEqual([200, id]);
  expect((await http.ask('GET', path, { as: apiKey })).json['id']).toBe(id);
  const related = `/v1/users/callee/relations/accepted/${encodeURIComponent(id)}`;
  expect((await http.ask('PUT', related, { as: apiKey })).status).toBe(204);
  const listed = await http.ask('GET', '/v1/users/callee/relations/accepted', { as: apiKey });
  expect(listed.json['userIds']).toContain(id);
  const { token } = userToken.parse((await http.ask('POST', `${path}/tokens`, { as: apiKey })).json);
  await world.users.changeSettings(id, { callingOn: true, audiences: ['everyone'] });
  expect((await http.ask('GET', '/v1/users/callee/callable', { as: token })).json).toEqual({ callable: true });
  const body = { callees: ['callee'], media: 'audio', deviceId: 'a-device-1' };
  const headers = { 'idempotency-key': 'the-same-for-all' };
  const { call, ticket } = admittedCall.parse((await http.ask('POST', '/v1/calls', { as: token, body, headers })).json);
  expect([call.caller, (await world.tokens.readTicket(ticket)).userId]).toEqual([id, id]);
  const cancelled = await http.ask('POST', `/v1/calls/${call.id}/cancel`, {
    as: token,
    body: { deviceId: 'a-device-1' },
  });
  expect(cancelled.status).toBe(200);
  expect((await http.ask('DELETE', path, { as: apiKey })).status).toBe(204);
});

test.each([...refusedUserIds.filter((id) => id !== '' && id !== '\ud800')])('%j is refused everywhere', async (id) => {
  const put = await http.ask('PUT', `/v1/users/${encodeURIComponent(id)}`, { as: apiKey, body: { name: 'Nobody' } });
  // Clients leave `.` out of a path: what is left is the list, which is not put.
  expect([400, 404, 405]).toContain(put.status);
  const bulk = await http.ask('POST', '/v1/users', { as: apiKey, body: { users: [{ id, name: 'Nobody' }] } });
  expect(z.string().parse(bulk.json['code'])).toBe('invalid_request');
});

test('a display name that has no UTF-8 is refused, and any other comes back as it was given', async () => {
  const put = (name: string) => http.ask('PUT', '/v1/users/named', { as: apiKey, body: { name } });
  for (const name of ['\ud800', 'a\udfff', '\udc00\ud800']) {
    expect([name, (await put(name)).json['code']]).toEqual([name, 'invalid_request']);
    const users = [{ id: 'named', name }];
    expect((await http.ask('POST', '/v1/users', { as: apiKey, body: { users } })).json['code']).toBe('invalid_request');
  }
  for (const name of ['😀', 'é\u0301', '\u{202e}txt', '\ufffd', '__proto__']) {
    expect((await put(name)).status).toBe(200);
    expect((await http.ask('GET', '/v1/users/named', { as: apiKey })).json['name']).toBe(name);
  }
});
