/** Tickets that the app's backend gives out, through the HTTP API. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { listViewers } from '../../../../src/commands/media/viewers/listViewers.ts';
import type { ViewersPage } from '../../../../src/ports/media/viewers.ts';
import { callView } from '../../../../src/protocol/shared/calls.ts';
import { issuedTicket, viewerPage } from '../../../../src/protocol/http/http.ts';
import { apiKey, serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let callId: string;

const viewers = ['ann', 'ben', 'cat'].map((userId) => ({ userId, devices: 1 }));
const watching = {
  list: (_callId: string, { after = '', limit }: ViewersPage) =>
    Promise.resolve(viewers.filter(({ userId }) => userId > after).slice(0, limit)),
};

beforeEach(async () => {
  world = worldOf({ useCases: { listViewers: (request) => listViewers({ watching }, request) } });
  http = await serve(world.options);
  for (const id of ['alice', 'bob', 'vera']) {
    await world.users.put({ id, name: id, isVerified: false });
    await world.users.changeSettings(id, { callingOn: true, audiences: ['everyone'] });
  }
  await world.relations.change([{ from: 'bob', kind: 'wrote_to', to: 'alice', holds: true }]);
  const { json } = await http.ask('POST', '/v1/calls', {
    as: await world.tokenOf('alice'),
    body: { callees: ['bob'], media: 'audio', deviceId: 'alice-phone' },
  });
  callId = z.object({ call: callView }).parse(json).call.id;
});
afterEach(() => http.stop());

const ask = (body: unknown, as = apiKey) => http.ask('POST', `/v1/calls/${callId}/tickets`, { as, body });

test('any user can get a ticket to watch, which does not change the call', async () => {
  const before = await world.options.store.load(z.templateLiteral(['call_', z.string()]).parse(callId));
  const { status, json } = await ask({ userId: 'vera' });
  expect(status).toBe(201);
  const { ticket, ticketId, expiresAt } = issuedTicket.parse(json);
  const read = { callId, userId: 'vera', rights: ['watch'], ticketId, expiresAt, mark: 0 };
  expect(await world.tokens.readTicket(ticket)).toEqual(read);
  expect(await world.options.store.load(z.templateLiteral(['call_', z.string()]).parse(callId))).toEqual(before);
});

test('a ticket for more is only for participants', async () => {
  const rights = ['watch', 'publish', 'publish'];
  expect((await ask({ userId: 'vera', rights })).json['code']).toBe('not_joined');
  const { json } = await ask({ userId: 'bob', rights });
  expect(await world.tokens.readTicket(issuedTicket.parse(json).ticket)).toMatchObject({
    userId: 'bob',
    rights: ['watch', 'publish'],
  });
});

test.each([
  [{ userId: 'vera', rights: ['publish'] }, 'invalid_request'],
  [{ userId: 'vera', rights: [] }, 'invalid_request'],
  [{ userId: 'vera', right: ['watch'] }, 'invalid_request'],
  [{ rights: ['watch'] }, 'invalid_request'],
])('%j is %s', async (body, code) => {
  expect((await ask(body)).json['code']).toBe(code);
});

test('users issue no tickets, and there is none for an ended or unknown call', async () => {
  expect((await ask({ userId: 'vera' }, await world.tokenOf('alice'))).status).toBe(403);
  const nowhere = await http.ask('POST', '/v1/calls/call_AAAAAAAAAAAAAAAAAAAAAA/tickets', {
    as: apiKey,
    body: { userId: 'vera' },
  });
  expect(nowhere.json['code']).toBe('call_not_found');
  await http.ask('POST', `/v1/calls/${callId}/end`, { as: apiKey });
  expect((await ask({ userId: 'vera' })).json['code']).toBe('call_ended');
});

const list = (query: string, as = apiKey) => http.ask('GET', `/v1/calls/${callId}/viewers${query}`, { as });

test('the app reads the viewers page by page', async () => {
  const { json } = await list('?limit=2');
  const { next = '', ...first } = viewerPage.parse(json);
  expect(first).toEqual({ viewers: viewers.slice(0, 2) });
  expect((await list(`?limit=2&after=${next}`)).json).toEqual({ viewers: viewers.slice(2) });
});

test('users do not learn who watches, not even as participants', async () => {
  const { status, json } = await list('', await world.tokenOf('alice'));
  expect([status, json['viewers']]).toEqual([403, undefined]);
});
