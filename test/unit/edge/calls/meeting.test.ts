/** Calls that meet each other, and blocks that meet calls, through the HTTP API. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { callView } from '../../../../src/protocol/shared/calls.ts';
import { apiKey, serve, settled, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let tokens: Readonly<Record<'alice' | 'bob' | 'carol', string>>;
type Name = keyof typeof tokens;

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  const { alice, bob } = await settled(world);
  await world.users.put({ id: 'carol', name: 'Carol', isVerified: false });
  await world.users.changeSettings('carol', { callingOn: true, audiences: ['everyone'], groupAudiences: ['everyone'] });
  const everybody = ['alice', 'bob', 'carol'];
  await world.relations.change(
    everybody.flatMap((from) => everybody.map((to) => ({ from, kind: 'wrote_to' as const, to, holds: true }))),
  );
  tokens = { alice, bob, carol: await world.tokenOf('carol') };
});
afterEach(() => http.stop());

const deviceOf = (name: Name) => `${name}-device`;
const answered = z.object({ call: callView, ticket: z.string() });
const dial = (from: Name, ...callees: Name[]) =>
  http.ask('POST', '/v1/calls', { as: tokens[from], body: { callees, media: 'audio', deviceId: deviceOf(from) } });
const call = async (from: Name, ...callees: Name[]) => answered.parse((await dial(from, ...callees)).json).call;
const act = (name: Name, callId: string, verb: string) =>
  http.ask('POST', `/v1/calls/${callId}/${verb}`, { as: tokens[name], body: { deviceId: deviceOf(name) } });
const stateOf = async (callId: string) =>
  callView.parse(
    z.object({ call: z.unknown() }).parse((await http.ask('GET', `/v1/calls/${callId}`, { as: apiKey })).json).call,
  );
const blocks = (from: Name, to: Name) => http.ask('PUT', `/v1/users/${from}/relations/blocks/${to}`, { as: apiKey });

test('a user who calls somebody that is ringing them answers: one call for both', async () => {
  const first = await call('alice', 'bob');
  const second = answered.parse((await dial('bob', 'alice')).json);
  expect(second.call).toMatchObject({ id: first.id, phase: 'active', caller: 'alice', answeredHere: true });
  expect(await world.tokens.readTicket(second.ticket)).toMatchObject({ userId: 'bob', callId: first.id });
  expect((await http.ask('GET', '/v1/calls', { as: apiKey })).json['calls']).toHaveLength(1);
});

test('when that call has ended, the next one rings', async () => {
  const first = await call('alice', 'bob');
  await act('alice', first.id, 'cancel');
  expect(await call('bob', 'alice')).toMatchObject({ phase: 'ringing', caller: 'bob' });
});

test('a user in a call is rung by a second one, or not, according to their setting', async () => {
  const talking = await call('alice', 'bob');
  await act('bob', talking.id, 'answer');
  const second = await call('carol', 'bob');
  expect(second.phase).toBe('ringing');
  await act('carol', second.id, 'cancel');
  await world.users.changeSettings('bob', { whenBusy: 'refuse' });
  const refused = await dial('carol', 'bob');
  expect([refused.status, refused.json['code']]).toEqual([409, 'user_busy']);
  // Who may not call hears nothing of it.
  await blocks('bob', 'carol');
  expect((await dial('carol', 'bob')).json['code']).toBe('not_callable');
  await act('alice', talking.id, 'leave');
  await http.ask('DELETE', '/v1/users/bob/relations/blocks/carol', { as: apiKey });
  expect((await dial('carol', 'bob')).status).toBe(201);
});

test('repeated checks for busy users cost as much as unanswered rings', async () => {
  const talking = await call('alice', 'bob');
  await act('bob', talking.id, 'answer');
  await world.users.changeSettings('bob', { whenBusy: 'refuse' });
  const answers: unknown[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) answers.push((await dial('carol', 'bob')).json['code']);
  // The world of these tests lets three rings in vain follow each other, and then asks for a wait.
  const [busy, waiting] = ['user_busy', 'too_many_requests'];
  expect(answers).toEqual([busy, busy, busy, waiting, waiting]);
});

test('a user who is ringing somebody is busy for others, but not for the one they ring', async () => {
  await world.users.changeSettings('alice', { whenBusy: 'refuse' });
  await call('alice', 'bob');
  expect((await dial('carol', 'alice')).json['code']).toBe('user_busy');
  expect((await dial('bob', 'alice')).json).toMatchObject({ call: { phase: 'active' } });
});

test('a block ends a call of two as if the blocking user had hung up', async () => {
  const talking = await call('alice', 'bob');
  await act('bob', talking.id, 'answer');
  expect((await blocks('bob', 'alice')).status).toBe(204);
  expect(await stateOf(talking.id)).toMatchObject({ phase: 'ended', reason: 'hangup' });
});

test('a block removes one user from a group, and other changes of relations remove nobody', async () => {
  await world.users.changeSettings('bob', { groupAudiences: ['everyone'] });
  const group = await call('alice', 'bob', 'carol');
  await act('bob', group.id, 'answer');
  await act('carol', group.id, 'answer');
  for (const kind of ['follows', 'wrote_to', 'accepted', 'address_book']) {
    await http.ask('DELETE', `/v1/users/alice/relations/${kind}/carol`, { as: apiKey });
    await http.ask('DELETE', `/v1/users/carol/relations/${kind}/alice`, { as: apiKey });
  }
  await http.ask('PATCH', '/v1/me/settings', { as: tokens.carol, body: { callingOn: false } });
  expect((await stateOf(group.id)).participants.map(({ state }) => state)).toEqual(['joined', 'joined', 'joined']);
  await blocks('bob', 'carol');
  const { phase, participants } = await stateOf(group.id);
  expect([phase, participants.map(({ state }) => state)]).toEqual(['active', ['joined', 'joined', 'gone']]);
});

test('a call is put on hold and resumed', async () => {
  const talking = await call('alice', 'bob');
  await act('bob', talking.id, 'answer');
  const hold = (onHold: boolean) =>
    http.ask('POST', `/v1/calls/${talking.id}/hold`, { as: tokens.bob, body: { deviceId: deviceOf('bob'), onHold } });
  expect(callView.parse((await hold(true)).json).participants[1]).toMatchObject({ userId: 'bob', onHold: true });
  expect(callView.parse((await hold(false)).json).participants[1]).not.toHaveProperty('onHold');
});
