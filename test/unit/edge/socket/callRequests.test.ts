/** What people ask of a call over the socket: the same commands as over HTTP, each once, whichever way it was sent. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { Idempotent } from '../../../../src/edge/idempotent.ts';
import { commandHandler } from '../../../../src/edge/socket/callRequests.ts';
import type { IdentifiedSocket } from '../../../../src/edge/socket/socketIdentity.ts';
import type { SocketCommandName } from '../../../../src/protocol/shared/callCommands.ts';
import { admittedCall } from '../../../../src/protocol/shared/calls.ts';
import type { CallView } from '../../../../src/protocol/shared/calls.ts';
import { serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

const everybody = ['alice', 'bob', 'carol'] as const;
type Name = (typeof everybody)[number];
const key = 'said-once';

let world: World;
let http: Served;
let call: CallView;
let sockets: ReadonlyMap<Name, IdentifiedSocket>;
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
  sockets = new Map(await Promise.all(everybody.map(async (name) => [name, await socketOf(name)] as const)));
  const body = { callees: ['bob', 'carol'], media: 'audio', deviceId: 'alice-device' };
  const made = await http.ask('POST', '/v1/calls', { as: tokens.get('alice') ?? '', body });
  call = admittedCall.parse(made.json).call;
});
afterEach(() => http.stop());

async function socketOf(name: Name): Promise<IdentifiedSocket> {
  const token = await world.useCases.readUserToken(tokens.get(name) ?? '');
  return { identity: { ...token, expiresAt: world.time.now + 60_000, deviceId: `${name}-device` }, tokenIsOver: false };
}

/** Over the socket of this user. */
function ask(name: Name, command: SocketCommandName, said: object = {}): Promise<unknown> {
  const { useCases, mustStillBe, idempotency, log } = world;
  const idempotent = new Idempotent({ idempotency, log });
  const handle = commandHandler(command, { useCases: { ...useCases, mustStillBe }, idempotent });
  const socket = sockets.get(name);
  if (socket === undefined) throw new Error(`${name} has no socket`);
  return handle(socket, { callId: call.id, ...said }, 1);
}
const events = async () => (await world.store.eventsAfter(call.id, 0, 100)).map(({ type }) => type);

test('every command has the same effect over the socket as over HTTP', async () => {
  expect(await ask('bob', 'answer')).toMatchObject({ phase: 'active', answeredHere: true });
  await ask('bob', 'hold', { onHold: true });
  await ask('alice', 'mute', { userId: 'bob' });
  await ask('carol', 'decline');
  await ask('bob', 'leave');
  expect(await ask('bob', 'rejoin')).toMatchObject({ call: { id: call.id }, ticket: expect.any(String) });
  await ask('alice', 'invite', { userIds: ['carol'] });
  await ask('alice', 'remove', { userId: 'bob' });
  await expect(ask('alice', 'cancel')).rejects.toMatchObject({ code: 'already_answered' });
  expect(await events()).toEqual([
    ...['call.ringing', 'call.answered', 'call.held', 'call.muted', 'call.declined', 'call.left'],
    ...['call.rejoined', 'call.invited', 'call.left'],
  ]);
});

test('a change made over the socket is not repeated over HTTP with the same key', async () => {
  await ask('bob', 'answer');
  const said: readonly (readonly [SocketCommandName, object])[] = [
    ['hold', { onHold: true }],
    ['invite', { userIds: ['carol'] }],
    ['leave', {}],
    ['rejoin', {}],
  ];
  for (const [name, fields] of said) {
    const before = z.json().parse(await ask('bob', name, { ...fields, key: `${key}-${name}` }));
    const happened = await events();
    const again = await http.ask('POST', `/v1/calls/${call.id}/${name}`, {
      as: tokens.get('bob') ?? '',
      body: { ...fields, deviceId: 'bob-device' },
      headers: { 'idempotency-key': `${key}-${name}` },
    });
    expect([name, again.status, await events()]).toEqual([name, 200, happened]);
    // Two tickets of one second are the same, and of two not.
    if (name !== 'rejoin') expect(again.json).toEqual(before);
  }
});

test('with an expired token users can still leave, and do nothing else', async () => {
  await ask('bob', 'answer');
  const bob = sockets.get('bob');
  if (bob === undefined) throw new Error('bob has no socket');
  sockets = new Map([['bob', { ...bob, tokenIsOver: true }]]);
  await expect(ask('bob', 'hold', { onHold: true })).rejects.toMatchObject({ code: 'token_expired' });
  expect(await ask('bob', 'leave')).toMatchObject({ id: call.id });
});

test('a request that violates its schema is refused with the place', async () => {
  await expect(ask('bob', 'hold', { onHold: 'yes' })).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [expect.objectContaining({ path: 'onHold' })],
  });
});
