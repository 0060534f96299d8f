import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CallError } from '../../../src/call/errors.ts';
import type { Call } from '../../../src/call/call.ts';
import { comings } from '../../../src/call/comings.ts';
import type { UseCases } from '../../../src/edge/http/useCases.ts';
import { callIn } from '../../support/calls.ts';
import { apiKey, serve, settled, worldOf } from './server.ts';
import type { Served, World } from './server.ts';

const body = { callees: ['bob'], media: 'video', deviceId: 'alice-phone-1' };
const key = { 'idempotency-key': 'first-try' };

type Create = UseCases['createCall'];
let create: Create;
let made: number;
let world: World;
let http: Served;
let alice: string;
let bob: string;

beforeEach(async () => {
  made = 0;
  create = () => Promise.resolve({ call: callIn.ringing, ticket: `ticket-${made}` });
  const createCall: Create = (request) => {
    made += 1;
    return create(request);
  };
  world = worldOf({ useCases: { createCall } });
  http = await serve(world.options);
  ({ alice, bob } = await settled(world));
});
afterEach(() => http.stop());

const post = (as: string, headers: Record<string, string> = key, given: object = body) =>
  http.ask('POST', '/v1/calls', { as, body: given, headers });

test('a repeated request gets the same answer and makes nothing', async () => {
  const first = await post(alice);
  const again = await post(alice);
  expect([again.status, again.text]).toEqual([first.status, first.text]);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect([first.status, made]).toEqual([201, 1]);
});

test('without a key, with another, or of another caller, it is another request', async () => {
  await post(alice);
  await post(alice, {});
  await post(alice, { 'idempotency-key': 'second' });
  await post(bob);
  expect(made).toBe(4);
});

test('the same key with another body or path is a conflict', async () => {
  await post(alice);
  const other = await post(alice, key, { ...body, media: 'audio' });
  expect([other.status, other.json['code']]).toEqual([409, 'idempotency_conflict']);
  const path = `/v1/calls/${callIn.ringing.id}/cancel`;
  const elsewhere = await http.ask('POST', path, { as: alice, body: { deviceId: body.deviceId }, headers: key });
  expect(elsewhere.json['code']).toBe('idempotency_conflict');
  expect(made).toBe(1);
});

test('while the first is at work the second is told to wait', async () => {
  let finish: (answer: { call: Call; ticket: string }) => void = () => undefined;
  create = () => new Promise((resolve) => (finish = resolve));
  const first = post(alice);
  while (made === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const second = await post(alice);
  expect([second.status, second.json['code'], second.headers.get('retry-after')]).toEqual([409, 'in_progress', '1']);
  finish({ call: callIn.ringing, ticket: 'late' });
  expect((await first).status).toBe(201);
  expect([(await post(alice)).status, made]).toEqual([201, 1]);
});

test('a failure gives the key back', async () => {
  const works = create;
  create = () => Promise.reject(new CallError('overloaded'));
  expect((await post(alice)).json['code']).toBe('overloaded');
  create = works;
  expect([(await post(alice)).status, made]).toEqual([201, 2]);
});

test('a request that does not match its schema claims no key', async () => {
  expect((await post(alice, key, { ...body, media: 'smell' })).json['code']).toBe('invalid_request');
  expect((await post(alice)).status).toBe(201);
});

test('a key that is none is named as the fault', async () => {
  const { json } = await post(alice, { 'idempotency-key': 'x'.repeat(256) });
  expect([json['code'], json['issues']]).toMatchObject(['invalid_request', [{ path: 'Idempotency-Key' }]]);
});

test('an answer that could not be kept is given all the same', async () => {
  await http.stop();
  const unavailable = () => Promise.reject(new CallError('unavailable'));
  const { idempotency } = world.options;
  http = await serve({
    ...world.options,
    idempotency: { claim: idempotency.claim.bind(idempotency), settle: unavailable, abandon: unavailable },
  });
  expect((await post(alice)).status).toBe(201);
  expect(world.logged.map(({ message }) => message)).toEqual(['an answer could not be kept']);
});

test('where keys cannot be checked nothing is done', async () => {
  await http.stop();
  const unavailable = () => Promise.reject(new CallError('unavailable'));
  http = await serve({
    ...world.options,
    idempotency: { claim: unavailable, settle: unavailable, abandon: unavailable },
  });
  expect([(await post(alice)).json['code'], made]).toEqual(['unavailable', 0]);
});

test('the app’s keys are its own', async () => {
  await world.store.save({ call: callIn.ringing, events: [], effects: [], ...comings(undefined, callIn.ringing) });
  await post(alice);
  const path = `/v1/calls/${callIn.ringing.id}/end`;
  const first = await http.ask('POST', path, { as: apiKey, headers: key });
  const again = await http.ask('POST', path, { as: apiKey, headers: key });
  expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
});
