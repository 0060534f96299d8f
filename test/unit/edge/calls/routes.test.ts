import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import { callView } from '../../../../src/protocol/shared/calls.ts';
import { firstSettings } from '../../../../src/domain/people/policy.ts';
import { putDemoPeople } from '../../../../src/edge/http/routes/demo.ts';
import { apiKey, serve, settled, start, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let alice: string;
let bob: string;
const phone = 'alice-phone-1';
const laptop = 'bob-laptop-1';

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  ({ alice, bob } = await settled(world));
});
afterEach(() => http.stop());

const admitted = z.object({ call: callView, ticket: z.string() });
async function aCall() {
  const body = { callees: ['bob'], media: 'video', deviceId: phone };
  const answer = await http.ask('POST', '/v1/calls', { as: alice, body });
  return { answer, ...admitted.parse(answer.json) };
}

describe('the app', () => {
  test('creates a user with calling off, renames, lists and erases them', async () => {
    const made = await http.ask('PUT', '/v1/users/carol', { as: apiKey, body: { name: 'Carol' } });
    expect([made.status, made.json]).toEqual([200, { id: 'carol', name: 'Carol', verified: false, callingOn: false }]);
    const renamed = await http.ask('PUT', '/v1/users/alice', {
      as: apiKey,
      body: { name: 'Alice A.', verified: true },
    });
    expect(renamed.json).toEqual({ id: 'alice', name: 'Alice A.', verified: true, callingOn: true });
    const { json } = await http.ask('GET', '/v1/users', { as: apiKey });
    expect(z.object({ users: z.array(z.object({ id: z.string() })) }).parse(json).users).toHaveLength(3);
    expect((await http.ask('DELETE', '/v1/users/carol', { as: apiKey })).status).toBe(204);
    expect((await http.ask('DELETE', '/v1/users/carol', { as: apiKey })).json['code']).toBe('user_not_found');
    expect((await http.ask('GET', '/v1/users/carol', { as: apiKey })).json['code']).toBe('user_not_found');
  });

  test('gets a token that its user can use, only for known users', async () => {
    const { status, json, headers } = await http.ask('POST', '/v1/users/bob/tokens', { as: apiKey });
    expect([status, json['expiresAt'], headers.get('cache-control')]).toEqual([201, start + 60_000, 'no-store']);
    const settings = await http.ask('GET', '/v1/me/settings', { as: z.string().parse(json['token']) });
    expect(settings.json).toMatchObject({ callingOn: true, audiences: ['everyone'] });
    expect((await http.ask('POST', '/v1/users/nobody/tokens', { as: apiKey })).json['code']).toBe('user_not_found');
  });

  test('sees live calls and any call without a ticket, and ends it', async () => {
    const { call } = await aCall();
    const list = await http.ask('GET', '/v1/calls', { as: apiKey });
    expect(
      z
        .object({ calls: z.array(callView) })
        .parse(list.json)
        .calls.map(({ id }) => id),
    ).toEqual([call.id]);
    const one = await http.ask('GET', `/v1/calls/${call.id}`, { as: apiKey });
    expect(Object.keys(one.json)).toEqual(['call']);
    const ended = await http.ask('POST', `/v1/calls/${call.id}/end`, { as: apiKey });
    expect([ended.json['phase'], ended.json['reason']]).toEqual(['ended', 'ended_by_app']);
    expect((await http.ask('GET', '/v1/calls', { as: apiKey })).json).toEqual({ calls: [] });
  });
});

describe('a user', () => {
  test('turns calling off and is told so when calling', async () => {
    const off = await http.ask('PATCH', '/v1/me/settings', { as: alice, body: { callingOn: false } });
    expect(off.json).toEqual({ ...firstSettings, callingOn: false, audiences: ['everyone'] });
    const body = { callees: ['bob'], media: 'audio', deviceId: phone };
    const refused = await http.ask('POST', '/v1/calls', { as: alice, body });
    expect([refused.status, refused.json['code']]).toEqual([403, 'calling_off']);
  });

  test('learns the same about a user with calling off and an unknown user', async () => {
    await world.users.changeSettings('bob', { callingOn: false });
    const off = await http.ask('GET', '/v1/users/bob/callable', { as: alice });
    const unknown = await http.ask('GET', '/v1/users/nobody/callable', { as: alice });
    expect(off.json).toEqual({ callable: false, because: 'not_callable' });
    expect(unknown.text).toBe(off.text);
    expect((await http.ask('GET', '/v1/users/alice/callable', { as: alice })).json).toEqual({
      callable: false,
      because: 'self',
    });
  });

  test('calls, is answered and hangs up', async () => {
    const { answer, call, ticket } = await aCall();
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `/v1/calls/${call.id}`]);
    expect([call.phase, call.answeredHere]).toEqual(['ringing', true]);
    expect(await world.tokens.readTicket(ticket)).toMatchObject({ userId: 'alice', callId: call.id });
    const answered = await http.ask('POST', `/v1/calls/${call.id}/answer`, { as: bob, body: { deviceId: laptop } });
    expect([answered.status, answered.json['phase'], answered.json['answeredHere']]).toEqual([200, 'active', true]);
    const second = await http.ask('POST', `/v1/calls/${call.id}/answer`, { as: bob, body: { deviceId: 'bob-tablet' } });
    expect([second.status, second.json['code']]).toEqual([409, 'answered_elsewhere']);
    const left = await http.ask('POST', `/v1/calls/${call.id}/leave`, { as: bob, body: { deviceId: laptop } });
    expect([left.json['phase'], left.json['reason']]).toEqual(['ended', 'hangup']);
    const late = await http.ask('POST', `/v1/calls/${call.id}/answer`, { as: bob, body: { deviceId: laptop } });
    expect([late.status, late.json['code']]).toEqual([410, 'call_ended']);
    expect(answer.text + answered.text + left.text).not.toMatch(/alice-phone|bob-laptop/);
  });

  test('declines, cancels, and can end for all only as the host', async () => {
    const declined = await aCall();
    const no = await http.ask('POST', `/v1/calls/${declined.call.id}/decline`, { as: bob, body: { deviceId: laptop } });
    expect(no.json['reason']).toBe('declined');
    const cancelled = await aCall();
    const gone = await http.ask('POST', `/v1/calls/${cancelled.call.id}/cancel`, {
      as: alice,
      body: { deviceId: phone },
    });
    expect(gone.json['reason']).toBe('cancelled');
    const ended = await aCall();
    const guest = await http.ask('POST', `/v1/calls/${ended.call.id}/end`, { as: bob });
    expect([guest.status, guest.json['code']]).toEqual([403, 'not_allowed']);
    expect((await http.ask('POST', `/v1/calls/${ended.call.id}/end`, { as: alice })).json['reason']).toBe(
      'ended_by_host',
    );
  });

  test('reads a call of theirs with a ticket, and no other', async () => {
    const { call } = await aCall();
    const own = admitted.parse((await http.ask('GET', `/v1/calls/${call.id}`, { as: bob })).json);
    expect(await world.tokens.readTicket(own.ticket)).toMatchObject({ userId: 'bob' });
    const token = await world.tokenOf('mallory');
    const foreign = await http.ask('GET', `/v1/calls/${call.id}`, { as: token });
    const missing = await http.ask('GET', '/v1/calls/call_9999999999999999999999', { as: token });
    expect([foreign.status, foreign.text]).toEqual([404, missing.text]);
  });

  test('is rate-limited when calling without a pause, and told for how long', async () => {
    await http.stop();
    http = await serve({ ...world.options, limits: { callsPerMinute: 2, failedCredentialsPerMinute: 5 } });
    await aCall();
    await aCall();
    const body = { callees: ['bob'], media: 'audio', deviceId: phone };
    const refused = await http.ask('POST', '/v1/calls', { as: alice, body });
    expect([refused.status, refused.json['code']]).toEqual([429, 'too_many_requests']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await http.ask('POST', '/v1/calls', { as: bob, body: { ...body, callees: ['alice'] } })).status).toBe(201);
  });
});

describe('a group', () => {
  const tablet = { deviceId: 'carol-tablet' };
  let carol: string;
  let callId: string;
  beforeEach(async () => {
    await world.users.put({ id: 'carol', name: 'Carol', isVerified: false });
    await world.users.changeSettings('carol', { callingOn: true, groupAudiences: ['everyone'] });
    await world.relations.change([{ from: 'carol', kind: 'wrote_to', to: 'bob', holds: true }]);
    carol = await world.tokenOf('carol');
    callId = (await aCall()).call.id;
    await http.ask('POST', `/v1/calls/${callId}/answer`, { as: bob, body: { deviceId: laptop } });
  });
  const post = (as: string, verb: string, body: unknown) =>
    http.ask('POST', `/v1/calls/${callId}/${verb}`, { as, body });

  test('is created by an invitation, under the rules of calling', async () => {
    await world.users.changeSettings('carol', { callingOn: false });
    const refused = await post(bob, 'invite', { userIds: ['carol'], deviceId: laptop });
    expect([refused.status, refused.json['code']]).toEqual([403, 'not_callable']);
    const stranger = await post(carol, 'invite', { userIds: ['bob'], ...tablet });
    expect([stranger.status, stranger.json['code']]).toEqual([404, 'call_not_found']);
    await world.users.changeSettings('carol', { callingOn: true });
    const invited = await post(bob, 'invite', { userIds: ['carol'], deviceId: laptop });
    const { participants, caller } = callView.parse(invited.json);
    expect([invited.status, caller]).toEqual([200, 'alice']);
    expect(participants.at(-1)).toEqual({ userId: 'carol', role: 'member', state: 'invited', invitedBy: 'bob' });
    const five = await post(bob, 'invite', { userIds: ['d', 'e', 'f'], deviceId: laptop });
    expect(five.json['code']).toBe('not_callable');
  });

  test('can be left and rejoined with a ticket, except by a removed user', async () => {
    await post(bob, 'invite', { userIds: ['carol'], deviceId: laptop });
    await post(carol, 'decline', tablet);
    expect((await http.ask('GET', `/v1/calls/${callId}`, { as: carol })).status).toBe(200);
    const back = await post(carol, 'rejoin', tablet);
    const { call, ticket } = admitted.parse(back.json);
    expect([back.status, call.answeredHere]).toEqual([200, true]);
    expect(await world.tokens.readTicket(ticket)).toMatchObject({ userId: 'carol', rights: ['watch', 'publish'] });
    expect((await post(carol, 'remove', { userId: 'bob' })).json['code']).toBe('not_allowed');
    expect((await post(alice, 'mute', { userId: 'carol' })).status).toBe(200);
    expect((await post(alice, 'remove', { userId: 'carol' })).status).toBe(200);
    const out = await post(carol, 'rejoin', tablet);
    expect([out.status, out.json['code']]).toEqual([403, 'not_allowed']);
    expect((await http.ask('GET', `/v1/calls/${callId}`, { as: carol })).json['code']).toBe('not_joined');
  });
});

test('a user without pauses is rate-limited on every route, and neither others nor the app are', async () => {
  await http.stop();
  http = await serve({ ...world.options, limits: { requestsPerSecond: 2 } });
  const { id } = (await aCall()).call;
  const toggle = (onHold: boolean) =>
    http.ask('POST', `/v1/calls/${id}/hold`, { as: alice, body: { deviceId: phone, onHold } });
  for (const onHold of [true, false, true]) expect((await toggle(onHold)).status).toBe(200);
  const refused = [await toggle(false), await http.ask('PATCH', '/v1/me/settings', { as: alice, body: '{' })];
  for (const { status, json, headers } of refused) {
    expect([status, json['code']]).toEqual([429, 'too_many_requests']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(world.counted.refused.slice(-2)).toEqual(['too_many_requests', 'too_many_requests']);
  expect((await http.ask('GET', '/v1/me/settings', { as: bob })).status).toBe(200);
  for (let request = 0; request < 20; request += 1) {
    expect((await http.ask('GET', '/v1/users/alice', { as: apiKey })).status).toBe(200);
  }
});

test('guessing credentials is rate-limited; a valid one from the same address still passes', async () => {
  await http.stop();
  http = await serve({ ...world.options, limits: { callsPerMinute: 2, failedCredentialsPerMinute: 3 } });
  const codes: unknown[] = [];
  for (let guess = 0; guess < 4; guess += 1) {
    codes.push((await http.ask('GET', '/v1/users', { as: `guess-${guess}` })).json['code']);
  }
  expect(codes).toEqual(['unauthenticated', 'unauthenticated', 'unauthenticated', 'too_many_requests']);
  expect((await http.ask('GET', '/v1/users', { as: apiKey })).status).toBe(200);
});

describe('the demo', () => {
  test('gives tokens of its users to anybody', async () => {
    await putDemoPeople(world.users, world.relations);
    const { json } = await http.ask('GET', '/demo/people');
    expect(json).toEqual({
      people: ['Alice', 'Bob', 'Carol', 'Dan'].map((name) => ({ id: name.toLowerCase(), name })),
    });
    const made = await http.ask('POST', '/demo/people/dan/token');
    const settings = await http.ask('GET', '/v1/me/settings', { as: z.string().parse(made.json['token']) });
    expect([made.status, settings.json]).toEqual([201, firstSettings]);
    expect((await http.ask('POST', '/demo/people/mallory/token')).json['code']).toBe('user_not_found');
  });

  test('does not exist outside development', async () => {
    await http.stop();
    http = await serve({ ...world.options, withDemoPeople: false });
    for (const [method, path] of [
      ['GET', '/demo/people'],
      ['POST', '/demo/people/alice/token'],
    ] as const) {
      expect((await http.ask(method, path)).json['code']).toBe('not_found');
    }
  });
});

test('requests are counted by the pattern of their route, never by the URL', async () => {
  const { call } = await aCall();
  await http.ask('GET', `/v1/calls/${call.id}`, { as: apiKey });
  await http.ask('GET', '/nowhere/at/all?secret=1');
  await http.ask('GET', '/v1/users', { as: 'wrong' });
  await http.stop();
  expect(world.counted.answered).toEqual([
    ['POST /v1/calls', 201],
    ['GET /v1/calls/{callId}', 200],
    ['(others)', 404],
    ['GET /v1/users', 401],
  ]);
  expect(world.counted.refused).toEqual(['not_found', 'unauthenticated']);
  http = await serve(world.options);
});

test('every answer has a strict content policy and does not reveal the server software', async () => {
  for (const path of ['/', '/v1/users', '/v1/docs']) {
    const { headers } = await http.ask('GET', path);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:/);
    expect([headers.get('x-powered-by'), headers.get('x-content-type-options')]).toEqual([null, 'nosniff']);
  }
});

test('during maintenance, who tries to call is told the text of the operator', async () => {
  await http.stop();
  const text = 'We are back at noon.';
  world = worldOf({ useCases: { createCall: () => Promise.reject(new CallError('maintenance', { detail: text })) } });
  http = await serve(world.options);
  const body = { callees: ['bob'], media: 'audio', deviceId: phone };
  const { status, json } = await http.ask('POST', '/v1/calls', { as: await world.tokenOf('alice'), body });
  expect([status, json['code'], json['detail']]).toEqual([503, 'maintenance', text]);
});
