/** The rules where more than two meet, through the HTTP API: blocks at the door, who is busy, what ringing costs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { callView } from '../../../../src/protocol/shared/calls.ts';
import { apiKey, serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

const everybody = ['alice', 'bob', 'carol', 'dan'] as const;
type Name = (typeof everybody)[number];

let world: World;
let http: Served;
let tokens: ReadonlyMap<Name, string>;

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  for (const id of everybody) {
    await world.users.put({ id, name: id, isVerified: false });
    await world.users.changeSettings(id, { callingOn: true, audiences: ['everyone'], groupAudiences: ['everyone'] });
  }
  await world.relations.change(
    everybody.flatMap((from) => everybody.map((to) => ({ from, kind: 'wrote_to' as const, to, holds: true }))),
  );
  tokens = new Map(await Promise.all(everybody.map(async (name) => [name, await world.tokenOf(name)] as const)));
});
afterEach(() => http.stop());

const as = (name: Name) => tokens.get(name) ?? '';
const answered = z.object({ call: callView });
const dial = (from: Name, ...callees: Name[]) =>
  http.ask('POST', '/v1/calls', { as: as(from), body: { callees, media: 'audio', deviceId: `${from}-device` } });
const call = async (from: Name, ...callees: Name[]) => answered.parse((await dial(from, ...callees)).json).call.id;
const act = async (name: Name, callId: string, verb: string) => {
  const body = { deviceId: `${name}-device` };
  const { status, json } = await http.ask('POST', `/v1/calls/${callId}/${verb}`, { as: as(name), body });
  return status === 200 ? status : json['code'];
};
const invite = async (name: Name, callId: string, ...userIds: Name[]) => {
  const body = { userIds, deviceId: `${name}-device` };
  const { status, json } = await http.ask('POST', `/v1/calls/${callId}/invite`, { as: as(name), body });
  return status === 200 ? status : json['code'];
};
const blocks = (from: Name, to: Name) => http.ask('PUT', `/v1/users/${from}/relations/blocks/${to}`, { as: apiKey });
const read = async (name: Name, callId: string) =>
  (await http.ask('GET', `/v1/calls/${callId}`, { as: as(name) })).json['code'];
const statesIn = async (callId: string) => {
  const { json } = await http.ask('GET', `/v1/calls/${callId}`, { as: apiKey });
  return answered.parse(json).call.participants.map(({ userId, state }) => `${userId} ${state}`);
};

describe('a block keeps two users apart, however the second would enter the call', () => {
  test('by rejoining', async () => {
    const group = await call('alice', 'bob', 'carol');
    await act('bob', group, 'answer');
    await act('carol', group, 'answer');
    await act('carol', group, 'leave');
    await blocks('alice', 'carol');
    // As from a service that fails: neither this nor what she reads tells her of the block.
    expect(await act('carol', group, 'rejoin')).toBe('unavailable');
    expect(await read('carol', group)).toBe(undefined);
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol gone']);
  });

  test('by answering: participants stay, and see the other as declined', async () => {
    await blocks('carol', 'bob');
    const group = await call('alice', 'bob', 'carol', 'dan');
    expect(await act('bob', group, 'answer')).toBe(200);
    expect(await act('carol', group, 'answer')).toBe('not_allowed');
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol gone', 'dan invited']);
    expect(await act('carol', group, 'rejoin')).toBe('not_allowed');
    await act('bob', group, 'leave');
    expect(await act('carol', group, 'rejoin')).toBe(200);
  });

  test('an answer does not end the ringing of a user with a block in either direction', async () => {
    await blocks('carol', 'bob');
    await blocks('bob', 'dan');
    const group = await call('alice', 'bob', 'carol', 'dan');
    expect(await act('bob', group, 'answer')).toBe(200);
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol invited', 'dan invited']);
    // Nor does what bob does afterwards.
    expect(await invite('bob', group, 'dan')).toBe('not_callable');
    expect(await act('dan', group, 'answer')).toBe('unavailable');
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol invited', 'dan invited']);
    // Her own decline is the only end that others see before the ring time-out.
    expect(await act('carol', group, 'answer')).toBe('not_allowed');
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol gone', 'dan invited']);
  });

  test('by an invitation from somebody else', async () => {
    const group = await call('alice', 'bob', 'carol');
    await act('bob', group, 'answer');
    await act('carol', group, 'answer');
    await blocks('bob', 'carol');
    expect(await invite('alice', group, 'carol')).toBe(200);
    expect(await act('carol', group, 'answer')).toBe('unavailable');
    expect(await statesIn(group)).toEqual(['alice joined', 'bob joined', 'carol invited']);
  });
});

test('a user who allows no groups is not added to one while they are rung', async () => {
  await world.users.changeSettings('bob', { groupAudiences: [] });
  const two = await call('alice', 'bob');
  expect(await invite('alice', two, 'carol')).toBe('not_callable');
  await act('bob', two, 'answer');
  expect(await invite('alice', two, 'carol')).toBe(200);
});

test('a user who accepts no second call is busy for groups and invitations too', async () => {
  await act('bob', await call('alice', 'bob'), 'answer');
  await world.users.changeSettings('bob', { whenBusy: 'refuse' });
  expect((await dial('carol', 'bob', 'dan')).json['code']).toBe('user_busy');
  const other = await call('carol', 'dan');
  await act('dan', other, 'answer');
  expect(await invite('carol', other, 'bob')).toBe('user_busy');
});

describe('the ring ledger charges a caller', () => {
  test('nothing when two users call each other at once', async () => {
    for (let time = 0; time < 5; time += 1) {
      const met = await call('bob', 'alice');
      expect(await call('alice', 'bob')).toBe(met);
      await act('alice', met, 'leave');
    }
  });

  test('nothing when the call admits nobody', async () => {
    const two = await call('alice', 'bob');
    await act('bob', two, 'decline');
    for (let time = 0; time < 5; time += 1) expect(await invite('alice', two, 'carol')).toBe('call_ended');
    expect((await dial('alice', 'carol')).status).toBe(201);
  });
});

test('the tokens of an erased user are void, even if a new user has the same name', async () => {
  const settings = () => http.ask('GET', '/v1/me/settings', { as: as('carol') });
  expect((await settings()).status).toBe(200);
  await http.ask('DELETE', '/v1/users/carol', { as: apiKey });
  expect((await settings()).json['code']).toBe('unauthenticated');
  await world.users.put({ id: 'carol', name: 'Another', isVerified: false });
  expect((await settings()).json['code']).toBe('unauthenticated');
});
