import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { UseCases } from '../../../../src/edge/http/useCases.ts';
import type { Idempotency } from '../../../../src/ports/call/idempotency.ts';
import { callIn } from '../../../support/calls.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { apiKey, serve, settled, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

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
  create = () => Promise.resolve({ call: callIn.ringing, ticket: 'a-ticket' });
  const createCall: Create = (request) => {
    made += 1;
    return create(request);
  };
  const readCall = () => Promise.resolve({ call: callIn.ringing, ticket: 'a-ticket' });
  world = worldOf({ useCases: { createCall, readCall } });
  http = await serve(world.options);
  ({ alice, bob } = await settled(world));
});
afterEach(() => http.stop());

const post = (as: string, headers: Record<string, string> = key, given: object = body) =>
  http.ask('POST', '/v1/calls', { as, body: given, headers });

test('a repeated request gets the same answer and creates nothing', async () => {
  const first = await post(alice);
  const again = await post(alice);
  expect([again.status, again.text]).toEqual([first.status, first.text]);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect([first.status, made]).toEqual([201, 1]);
});

test('a request without a key, with another key, or from another caller is a new request', async () => {
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
  const path = `/v1/calls/${callIn.ringing.id}/invite`;
  const invitation = { userIds: ['bob'], deviceId: body.deviceId };
  const elsewhere = await http.ask('POST', path, { as: alice, body: invitation, headers: key });
  expect(elsewhere.json['code']).toBe('idempotency_conflict');
  expect(made).toBe(1);
});

test('the order of names in the body and the form of the path do not make a new request', async () => {
  await post(alice);
  const turned = { deviceId: body.deviceId, media: body.media, extra: 'not looked at', callees: body.callees };
  expect((await post(alice, key, turned)).status).toBe(201);
  const slashed = await http.ask('POST', '/v1/calls/', { as: alice, body, headers: key });
  expect([slashed.status, made]).toEqual([201, 1]);
  expect((await post(alice, key, { ...body, callees: ['bob', 'carol'] })).json['code']).toBe('idempotency_conflict');
});

/** A first request that stays at work until it is told what it has made. */
function atWork(): { finish: () => void } {
  let finish: () => void = () => undefined;
  create = () =>
    new Promise((resolve) => {
      finish = () => {
        resolve({ call: callIn.ringing, ticket: 'late' });
      };
    });
  return {
    finish: () => {
      finish();
    },
  };
}

test('a second request waits for the result while the first is running', async () => {
  const first = atWork();
  const asked = [post(alice), post(alice)];
  await waitFor('the first to be at work', () => made === 1);
  first.finish();
  const answers = await Promise.all(asked);
  expect([...answers.map(({ status }) => status), made]).toEqual([201, 201, 1]);
});

test('the wait has a limit', async () => {
  await http.stop();
  http = await serve({ ...world.options, keyWaitMs: 0 });
  const first = atWork();
  const asked = post(alice);
  await waitFor('the first to be at work', () => made === 1);
  const second = await post(alice);
  expect([second.status, second.json['code'], second.headers.get('retry-after')]).toEqual([409, 'in_progress', '1']);
  first.finish();
  expect([(await asked).status, (await post(alice)).status, made]).toEqual([201, 201, 1]);
});

test('after its node died, the next request creates the same id, once the death is known', async () => {
  const { idempotency } = world.options;
  const ids: (string | undefined)[] = [];
  create = ({ making }) => {
    ids.push(making?.id);
    return Promise.resolve({ call: callIn.ringing, ticket: 'a-ticket' });
  };
  await http.stop();
  http = await serve({
    ...world.options,
    idempotency: { ...bound(idempotency), settle: () => new Promise(() => undefined) },
  });
  const lost = post(alice).catch(() => 'cut off');
  await waitFor('the first to have made it', () => made === 1);
  await http.stop();
  expect(await lost).toBe('cut off');
  http = await serve(world.options);
  const next = post(alice);
  // The claim of the dead lapses in the memory twin by its clock.
  await waitFor('the next to be answered', () => {
    world.time.now += 100;
    return made === 2;
  });
  expect((await next).status).toBe(201);
  expect(new Set(ids).size).toBe(1);
  expect([(await post(alice)).status, made]).toEqual([201, 2]);
});

const bound = (idempotency: Idempotency): Idempotency => ({
  claim: idempotency.claim.bind(idempotency),
  renew: () => Promise.resolve(),
  settle: idempotency.settle.bind(idempotency),
  abandon: idempotency.abandon.bind(idempotency),
});

test('a failure releases the key', async () => {
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

test('an invalid key is named in the error', async () => {
  const { json } = await post(alice, { 'idempotency-key': 'x'.repeat(256) });
  expect([json['code'], json['issues']]).toMatchObject(['invalid_request', [{ path: 'Idempotency-Key' }]]);
});

test('an answer that could not be stored is still returned', async () => {
  await http.stop();
  const unavailable = () => Promise.reject(new CallError('unavailable'));
  const { idempotency } = world.options;
  http = await serve({
    ...world.options,
    idempotency: { ...bound(idempotency), settle: unavailable, abandon: unavailable },
  });
  expect((await post(alice)).status).toBe(201);
  expect(world.logged.map(({ message }) => message)).toEqual(['failed to store the outcome of an idempotency key']);
});

test('if keys cannot be checked, nothing is done', async () => {
  await http.stop();
  const unavailable = () => Promise.reject(new CallError('unavailable'));
  http = await serve({
    ...world.options,
    idempotency: { claim: unavailable, renew: unavailable, settle: unavailable, abandon: unavailable },
  });
  expect([(await post(alice)).json['code'], made]).toEqual(['unavailable', 0]);
});

test('the keys of the app are its own, and create one endpoint each', async () => {
  const create = () =>
    http.ask('POST', '/v1/webhook-endpoints', { as: apiKey, body: { url: 'https://app.example/' }, headers: key });
  await post(alice);
  const [first, again] = [await create(), await create()];
  expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
});
