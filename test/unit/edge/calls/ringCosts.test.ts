/** What never rang costs nothing, and a conversation forgives both. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { admittedCall } from '../../../../src/protocol/shared/calls.ts';
import { serve, settled, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let alice: string;
let bob: string;
beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  ({ alice, bob } = await settled(world));
});
afterEach(() => http.stop());

const inVain = async (caller: string) =>
  ((await world.ringLedgers.load(caller))?.inVain ?? []).map(({ userId, times }) => [userId, times]);
const attempts = async (caller: string) => (await world.ringLedgers.load(caller))?.attempts ?? 0;
const deviceId = 'a-device-1';
const call = (as: string, callees: readonly string[], headers = {}) =>
  http.ask('POST', '/v1/calls', { as, body: { callees, media: 'audio', deviceId }, headers });
const act = (as: string, id: string, name: string) =>
  http.ask('POST', `/v1/calls/${id}/${name}`, { as, body: { deviceId } });
const idOf = (answer: { readonly json: unknown }) => admittedCall.parse(answer.json).call.id;

test('a call with too many callees rings nobody and costs nothing', async () => {
  const names = Array.from({ length: 31 }, (_, index) => `friend-${index}`);
  for (const id of names) {
    await world.users.put({ id, name: id, isVerified: false });
    await world.users.changeSettings(id, { callingOn: true, groupAudiences: ['everyone'] });
    await world.relations.change([{ from: id, kind: 'accepted', to: 'alice', holds: true }]);
  }
  const refused = await call(alice, names);
  expect(refused.json['code']).toBe('call_full');
  expect([await inVain('alice'), await attempts('alice')]).toEqual([[], 0]);
});

test('a caller with calling off, or who must wait, uses no attempt', async () => {
  await world.users.changeSettings('alice', { callingOn: false });
  expect((await call(alice, ['bob'])).json['code']).toBe('calling_off');
  expect(await attempts('alice')).toBe(0);
  await world.users.changeSettings('alice', { callingOn: true });
  for (let ring = 0; ring < 4; ring += 1) {
    const made = await call(alice, ['bob']);
    if (made.status === 201) await act(alice, idOf(made), 'cancel');
    else expect(made.json['code']).toBe('too_many_requests');
  }
  // Three rang; the fourth had to wait.
  expect([await inVain('alice'), await attempts('alice')]).toEqual([[['bob', 3]], 3]);
});

test('a refusal that reveals something about others counts as an attempt and rings nobody', async () => {
  await world.users.changeSettings('bob', { callingOn: false });
  expect((await call(alice, ['bob'])).json['code']).toBe('not_callable');
  expect([await inVain('alice'), await attempts('alice')]).toEqual([[], 1]);
});

test('learning that a user is busy costs a ring to them, and none to the others', async () => {
  for (const id of ['bob', 'carol', 'dan']) {
    await world.users.put({ id, name: id, isVerified: false });
    const open = ['everyone'] as const;
    await world.users.changeSettings(id, { callingOn: true, audiences: open, groupAudiences: open });
    for (const to of ['alice', 'bob', 'carol']) {
      await world.relations.change([{ from: id, kind: 'accepted', to, holds: true }]);
    }
  }
  const carol = await world.tokenOf('carol');
  const talk = idOf(await call(carol, ['bob']));
  await act(bob, talk, 'answer');
  await world.users.changeSettings('bob', { whenBusy: 'refuse' });
  expect((await call(alice, ['bob', 'dan'])).json['code']).toBe('user_busy');
  expect([await inVain('alice'), await attempts('alice')]).toEqual([[['bob', 1]], 1]);
});

test('a conversation clears the counts of both, whoever called', async () => {
  for (let ring = 0; ring < 2; ring += 1) await act(alice, idOf(await call(alice, ['bob'])), 'cancel');
  const back = idOf(await call(bob, ['alice']));
  expect([await inVain('alice'), await inVain('bob')]).toEqual([[['bob', 2]], [['alice', 1]]]);
  expect((await act(alice, back, 'answer')).status).toBe(200);
  await new Promise((resolve) => setImmediate(resolve));
  expect([await inVain('alice'), await inVain('bob')]).toEqual([[], []]);
});

test('a call that could not be saved, and so never rang, costs nothing', async () => {
  world.store.save = () => Promise.resolve('crossed');
  expect((await call(alice, ['bob'])).json['code']).toBe('busy');
  expect([await inVain('alice'), await attempts('alice')]).toEqual([[], 0]);
});

test('the attempt and the ring of a call are one change of the ledger', async () => {
  const changes = jest.spyOn(world.ringLedgers, 'save');
  expect((await call(alice, ['bob'])).status).toBe(201);
  expect([await inVain('alice'), await attempts('alice'), changes.mock.calls.length]).toEqual([[['bob', 1]], 1, 1]);
});
