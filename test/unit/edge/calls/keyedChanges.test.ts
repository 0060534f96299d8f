/** Whoever repeats a change with its key gets its first answer, whatever the change was; nothing happens twice. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { CallEvent } from '../../../../src/domain/call/events.ts';
import type { CallId } from '../../../../src/domain/kernel/ids.ts';
import { callView } from '../../../../src/protocol/shared/calls.ts';
import { apiKey, serve, worldOf } from '../server.ts';
import type { Answer, Served, World } from '../server.ts';
import { waitFor } from '../../../support/waitFor.ts';

const everybody = ['alice', 'bob', 'carol'] as const;
type Name = (typeof everybody)[number] | 'app';

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
  const issued = await Promise.all(everybody.map(async (name) => [name, await world.tokenOf(name)] as const));
  tokens = new Map<Name, string>([...issued, ['app', apiKey]]);
});
afterEach(() => http.stop());

const answered = z.object({ call: callView });
async function callOf(...callees: readonly Name[]): Promise<CallId> {
  const body = { callees, media: 'audio', deviceId: 'alice-device' };
  return answered.parse((await http.ask('POST', '/v1/calls', { as: tokens.get('alice') ?? '', body })).json).call.id;
}
function send(who: Name, path: string, given: object = {}, key?: string): Promise<Answer> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return http.ask('POST', path, { as: tokens.get(who) ?? '', body: { deviceId: `${who}-device`, ...given }, headers });
}
const change = (who: Name, callId: CallId, name: string, ...sent: [given?: object, key?: string]) =>
  send(who, `/v1/calls/${callId}/${name}`, ...sent);
const eventsOf = async (callId: CallId) => (await world.store.eventsAfter(callId, 0, 100)).map(({ type }) => type);

async function repeated(who: Name, callId: CallId, name: string, given: object = {}): Promise<void> {
  const first = await change(who, callId, name, given, `${who} ${name}`.replace(' ', '-'));
  const again = await change(who, callId, name, given, `${who}-${name}`);
  expect([name, first.status, again.status, again.text]).toEqual([name, 200, 200, first.text]);
}

test('every repeated change of a call gets the first answer and creates one event', async () => {
  const callId = await callOf('bob', 'carol');
  await repeated('bob', callId, 'answer');
  await repeated('bob', callId, 'hold', { onHold: true });
  await repeated('alice', callId, 'mute', { userId: 'bob' });
  await repeated('carol', callId, 'decline');
  await repeated('alice', callId, 'invite', { userIds: ['carol'] });
  await repeated('alice', callId, 'remove', { userId: 'carol' });
  await repeated('bob', callId, 'leave');
  const back = await change('bob', callId, 'rejoin', {}, 'back');
  const backAgain = await change('bob', callId, 'rejoin', {}, 'back');
  expect([back.status, backAgain.json['call']]).toEqual([200, back.json['call']]);
  await repeated('alice', callId, 'end');
  expect(await eventsOf(callId)).toEqual([
    ...['call.ringing', 'call.answered', 'call.held', 'call.muted', 'call.declined', 'call.invited', 'call.left'],
    ...['call.left', 'call.rejoined', 'call.ended'],
  ]);
  // Without the key it is another wish, that comes too late.
  expect((await change('bob', callId, 'leave')).json['code']).toBe('call_ended');
});

test('the app and the caller end a call once, each with their own key', async () => {
  const cancelled = await callOf('bob');
  await repeated('alice', cancelled, 'cancel');
  const ended = await callOf('bob');
  await repeated('app', ended, 'end');
  expect(await eventsOf(ended)).toEqual(['call.ringing', 'call.ended']);
});

test('the same key for another change is a conflict', async () => {
  const callId = await callOf('bob');
  await change('bob', callId, 'answer', {}, 'one');
  expect((await change('bob', callId, 'leave', {}, 'one')).json['code']).toBe('idempotency_conflict');
  expect((await change('bob', callId, 'hold', { onHold: true }, 'one')).json['code']).toBe('idempotency_conflict');
});

test('a user removed by the host learns nothing about the call with an old key', async () => {
  const callId = await callOf('bob', 'carol');
  for (const name of ['bob', 'carol'] as const) await change(name, callId, 'answer');
  await change('bob', callId, 'leave', {}, 'left');
  await change('alice', callId, 'remove', { userId: 'bob' });
  expect((await change('bob', callId, 'leave', {}, 'left')).json['code']).toBe('not_joined');
});

/** The node does what it is asked for and dies before it can say so: its claim lapses. */
async function dyingAt(request: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
  const { idempotency } = world.options;
  await http.stop();
  http = await serve({
    ...world.options,
    idempotency: {
      claim: (...given) => idempotency.claim(...given),
      renew: () => Promise.resolve(),
      settle: () => new Promise(() => undefined),
      abandon: (...given) => idempotency.abandon(...given),
    },
  });
  const lost = request().catch(() => 'cut off');
  await waitFor('it to be done', isDone);
  await http.stop();
  expect(await lost).toBe('cut off');
  http = await serve(world.options);
  world.time.now += 10_000;
}

test.each([
  ['leave', 'bob', {}],
  ['end', 'alice', {}],
  ['end', 'app', {}],
  ['remove', 'alice', { userId: 'bob' }],
] as const)('%s by %s that was made by a node that died is not refused when repeated', async (...asked) => {
  const [name, who, given] = asked;
  const callId = await callOf('bob');
  await change('bob', callId, 'answer');
  const ask = () => change(who, callId, name, given, 'once');
  await dyingAt(ask, async () => (await eventsOf(callId)).includes('call.ended'));
  const again = await ask();
  expect([again.status, again.json['phase']]).toEqual([200, 'ended']);
  // Nobody is forgiven what they did not do: a stranger to the change is refused as ever.
  expect((await change('alice', callId, 'leave', {}, 'another')).json['code']).toBe('call_ended');
});

test.each([
  ['decline', 'bob'],
  ['cancel', 'alice'],
] as const)('%s that was made by a node that died is not refused when repeated', async (name, who) => {
  const callId = await callOf('bob');
  const ask = () => change(who, callId, name, {}, 'once');
  await dyingAt(ask, async () => (await eventsOf(callId)).includes('call.ended'));
  expect((await ask()).status).toBe(200);
});

type Asked = readonly [who: Name, name: string, given?: object];

test.each<
  readonly [...asked: Required<Asked>, before: readonly Asked[], since: readonly Asked[], event: CallEvent['type']]
>([
  ['alice', 'mute', { userId: 'bob' }, [['bob', 'answer']], [], 'call.muted'],
  [
    ...(['alice', 'invite', { userIds: ['carol'] }] as const),
    ...([
      [
        ['bob', 'answer'],
        ['carol', 'decline'],
      ],
      [['carol', 'decline']],
      'call.invited',
    ] as const),
  ],
  ['bob', 'hold', { onHold: true }, [['bob', 'answer']], [['bob', 'hold', { onHold: false }]], 'call.held'],
  [
    'bob',
    'rejoin',
    {},
    [
      ['bob', 'answer'],
      ['bob', 'leave'],
    ],
    [['bob', 'leave']],
    'call.rejoined',
  ],
  ['bob', 'answer', {}, [], [['bob', 'leave']], 'call.answered'],
])('%s: %s %j that was made by a node that died is not made again when repeated', async (...row) => {
  const [who, name, given, before, since, event] = row;
  const callId = await callOf('bob', 'carol');
  const all = async (asked: readonly Asked[]) => {
    for (const [one, what, body] of asked) expect((await change(one, callId, what, body)).status).toBe(200);
  };
  await all(before);
  const ask = () => change(who, callId, name, given, 'once');
  await dyingAt(ask, async () => (await eventsOf(callId)).includes(event));
  await all(since);
  const call = await world.store.load(callId);
  expect((await ask()).status).toBe(200);
  expect(await world.store.load(callId)).toEqual(call);
  // With another key it is another wish.
  expect((await change('alice', callId, 'end', {}, 'another')).status).toBe(200);
});

test('a secret is rotated once, even if the node dies during it, and a ping is sent once', async () => {
  const made = await send('app', '/v1/webhook-endpoints', { url: 'https://app.example/' });
  const path = `/v1/webhook-endpoints/${z.string().parse(made.json['id'])}`;
  const rotate = (key: string) => send('app', `${path}/rotate-secret`, {}, key);
  const first = await rotate('first');
  expect((await rotate('first')).text).toBe(first.text);
  expect(first.json['secret']).not.toBe(made.json['secret']);
  const { webhooks } = world.options;
  const secretsNow = async () => (await webhooks.list())[0]?.secrets.map(({ secret }) => secret) ?? [];
  await dyingAt(
    () => rotate('second'),
    async () => (await secretsNow()).length === 3,
  );
  const again = await rotate('second');
  expect(await secretsNow()).toEqual([again.json['secret'], first.json['secret'], made.json['secret']]);
  const ping = () => send('app', `${path}/ping`, {}, 'ping');
  const [pinged, pingedAgain] = [await ping(), await ping()];
  expect([pinged.status, pingedAgain.text, world.sent.length]).toEqual([200, pinged.text, 1]);
});

test('a repeated request for a ticket returns the same ticket, which is revoked with it', async () => {
  const callId = await callOf('bob');
  const ask = () => send('app', `/v1/calls/${callId}/tickets`, { userId: 'carol', deviceId: undefined }, 'ticket');
  const [first, again] = [await ask(), await ask()];
  expect([first.status, again.json['ticketId']]).toEqual([201, first.json['ticketId']]);
  expect(first.json['ticketId']).toMatch(/^tic_/);
});

test('a repeated request for a ticket does not bring back a removed viewer, even if a node died', async () => {
  const callId = await callOf('bob');
  const ask = (key: string) =>
    send('app', `/v1/calls/${callId}/tickets`, { userId: 'carol', deviceId: undefined }, key);
  const admits = async ({ json }: Answer): Promise<boolean> => {
    const { ticketId = 'tic_0123456789012345678901', mark = -1 } = await world.tokens.readTicket(
      z.string().parse(json['ticket']),
    );
    return !(await world.viewerTickets.isVoid({ callId, userId: 'carol', ticketId, mark }));
  };
  expect(await admits(await ask('first'))).toBe(true);
  let begun = 0;
  const { tokens } = world;
  const issue = tokens.issueTicket.bind(tokens);
  tokens.issueTicket = (...given) => {
    begun += 1;
    return issue(...given);
  };
  await dyingAt(
    () => ask('cut-off'),
    () => Promise.resolve(begun === 1),
  );
  const removal = await http.ask('DELETE', `/v1/calls/${callId}/viewers/carol`, { as: apiKey });
  expect(removal.status).toBe(204);
  expect([await admits(await ask('first')), await admits(await ask('cut-off'))]).toEqual([false, false]);
  // The app may let them in again, with another key.
  expect(await admits(await ask('another'))).toBe(true);
  expect(await admits(await ask('another'))).toBe(true);
});

test('a repeated sign-out spares devices that signed in since', async () => {
  const signOut = () =>
    http.ask('POST', '/v1/users/bob/sign-out', { as: apiKey, headers: { 'idempotency-key': 'out' } });
  expect((await signOut()).status).toBe(204);
  const token = await world.tokenOf('bob');
  expect((await signOut()).status).toBe(204);
  expect((await http.ask('GET', '/v1/me/settings', { as: token })).status).toBe(200);
});
