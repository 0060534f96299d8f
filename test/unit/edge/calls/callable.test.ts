/** Who may call whom, through the HTTP API: the cases that the press tried, what a caller is told, and what ringing costs. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { apiKey, serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
/** Tokens: Ann has a new account, Ben a long-standing one. Both have calling on, and let in whom they follow. */
let ann: string;
let ben: string;

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  const body = { users: ['ann', 'ben'].map((id) => ({ id, name: id })) };
  expect((await http.ask('POST', '/v1/users', { as: apiKey, body })).status).toBe(200);
  [ann, ben] = [await world.tokenOf('ann'), await world.tokenOf('ben')];
  for (const as of [ann, ben]) await http.ask('PATCH', '/v1/me/settings', { as, body: { callingOn: true } });
});
afterEach(() => http.stop());

const told = async (as: string, other: string) => (await http.ask('GET', `/v1/users/${other}/callable`, { as })).json;
const relate = (method: 'PUT' | 'DELETE', from: string, kind: string, to: string) =>
  http.ask(method, `/v1/users/${from}/relations/${kind}/${to}`, { as: apiKey });
const call = (as: string, callee: string) =>
  http.ask('POST', '/v1/calls', { as, body: { callees: [callee], media: 'audio', deviceId: 'a-device-1' } });
const no = { callable: false, because: 'not_callable' };
const yes = { callable: true };

describe('scenarios from the press', () => {
  test('1. neither follows the other and they never talked: neither can call', async () => {
    expect([await told(ann, 'ben'), await told(ben, 'ann')]).toEqual([no, no]);
    expect((await call(ann, 'ben')).json['code']).toBe('not_callable');
  });

  test('2. an unaccepted message allows its writer nothing', async () => {
    await relate('PUT', 'ann', 'wrote_to', 'ben');
    expect([await told(ann, 'ben'), await told(ben, 'ann')]).toEqual([no, no]);
  });

  test('3. the callee accepts the request, and an audience of theirs includes the caller', async () => {
    await relate('PUT', 'ann', 'wrote_to', 'ben');
    await relate('PUT', 'ben', 'accepted', 'ann');
    expect(await told(ann, 'ben')).toEqual(no);
    await relate('PUT', 'ben', 'follows', 'ann');
    expect(await told(ann, 'ben')).toEqual(yes);
    expect((await call(ann, 'ben')).status).toBe(201);
  });

  test('4. being called does not allow calling back', async () => {
    await relate('PUT', 'ann', 'wrote_to', 'ben');
    await relate('PUT', 'ben', 'accepted', 'ann');
    await relate('PUT', 'ben', 'follows', 'ann');
    expect(await told(ben, 'ann')).toEqual(no);
    expect((await call(ben, 'ann')).json['code']).toBe('not_callable');
  });

  test('5. both follow each other and have talked: each may call the other', async () => {
    for (const [from, to] of [
      ['ann', 'ben'],
      ['ben', 'ann'],
    ] as const) {
      await relate('PUT', from, 'wrote_to', to);
      await relate('PUT', from, 'follows', to);
    }
    expect([await told(ann, 'ben'), await told(ben, 'ann')]).toEqual([yes, yes]);
    await relate('DELETE', 'ben', 'follows', 'ann');
    expect([await told(ann, 'ben'), await told(ben, 'ann')]).toEqual([no, yes]);
  });
});

describe('what a caller learns', () => {
  test('is the same for a block, a closed audience, quiet hours, a stranger and an unknown user', async () => {
    await relate('PUT', 'ben', 'wrote_to', 'ann');
    const answers = new Set<string>();
    const hear = async (other: string) => {
      const asked = await http.ask('GET', `/v1/users/${other}/callable`, { as: ann });
      const refused = await call(ann, other);
      answers.add(`${asked.text} ${refused.status} ${refused.text}`);
    };
    await hear('nobody');
    await hear('ben');
    const settings = (body: unknown) => http.ask('PATCH', '/v1/me/settings', { as: ben, body });
    await settings({ audiences: ['everyone'], quietHours: { from: '00:00', to: '23:59', timeZone: 'UTC' } });
    await hear('ben');
    await settings({ quietHours: null });
    expect(await told(ann, 'ben')).toEqual(yes);
    await relate('PUT', 'ben', 'blocks', 'ann');
    await hear('ben');
    await settings({ callingOn: false });
    await hear('ben');
    expect(answers.size).toBe(1);
  });

  test('is the same in a batch as for each callee alone', async () => {
    await relate('PUT', 'ben', 'wrote_to', 'ann');
    await relate('PUT', 'ben', 'follows', 'ann');
    const { json } = await http.ask('POST', '/v1/me/callable', {
      as: ann,
      body: { userIds: ['nobody', 'ben', 'ann'] },
    });
    expect(json).toEqual({
      answers: [
        { userId: 'nobody', ...no },
        { userId: 'ben', ...yes },
        { userId: 'ann', callable: false, because: 'self' },
      ],
    });
  });

  test('includes all reasons on their own side', async () => {
    await relate('PUT', 'ann', 'blocks', 'ben');
    expect(await told(ann, 'ben')).toEqual({ callable: false, because: 'blocked_by_you' });
    await http.ask('PATCH', '/v1/me/settings', { as: ann, body: { callingOn: false } });
    expect(await told(ann, 'ben')).toEqual({ callable: false, because: 'calling_off' });
  });
});

test('the app gets every rule with what would change it', async () => {
  await relate('PUT', 'ben', 'wrote_to', 'ann');
  const body = { callerId: 'ann', userIds: ['ben'] };
  const explained = z.object({
    answers: z.array(
      z.object({
        callable: z.boolean(),
        rules: z.array(z.object({ rule: z.string(), holds: z.boolean(), wouldChange: z.string().optional() })),
      }),
    ),
  });
  const { answers } = explained.parse((await http.ask('POST', '/v1/callable', { as: apiKey, body })).json);
  const broken = answers[0]?.rules.filter(({ holds }) => !holds);
  expect(broken).toEqual([{ rule: 'in_audience', holds: false, wouldChange: expect.stringContaining('audience') }]);
  expect(answers[0]?.rules).toHaveLength(9);
  expect((await http.ask('POST', '/v1/callable', { as: ann, body })).json['code']).toBe('not_allowed');
});

test('a group uses the group audiences', async () => {
  await relate('PUT', 'ben', 'wrote_to', 'ann');
  await http.ask('PATCH', '/v1/me/settings', { as: ben, body: { audiences: ['everyone'] } });
  const ask = (group: boolean) => http.ask('POST', '/v1/me/callable', { as: ann, body: { userIds: ['ben'], group } });
  expect((await ask(false)).json).toEqual({ answers: [{ userId: 'ben', ...yes }] });
  expect((await ask(true)).json).toEqual({ answers: [{ userId: 'ben', ...no }] });
});

test('relations are changed in bulk, listed, and deleted with their user', async () => {
  const changes = ['ben', 'carl', 'dora'].map((to) => ({ from: 'ann', kind: 'follows', to, holds: true }));
  expect((await http.ask('POST', '/v1/relations', { as: apiKey, body: { changes } })).status).toBe(204);
  const listed = () => http.ask('GET', '/v1/users/ann/relations/follows', { as: apiKey });
  expect((await listed()).json).toEqual({ userIds: ['ben', 'carl', 'dora'] });
  await http.ask('DELETE', '/v1/users/ben', { as: apiKey });
  expect((await listed()).json).toEqual({ userIds: ['carl', 'dora'] });
  const wrong = await http.ask('GET', '/v1/users/ann/relations/likes', { as: apiKey });
  expect([wrong.status, wrong.json['code']]).toEqual([400, 'invalid_request']);
});

test.each([
  ['an unknown audience', { audiences: ['friends'] }],
  ['an invalid time', { quietHours: { from: '24:00', to: '07:00', timeZone: 'UTC' } }],
  ['an invalid time zone', { quietHours: { from: '22:00', to: '07:00', timeZone: 'Moon/Crater' } }],
  ['an offset as a time zone', { quietHours: { from: '22:00', to: '07:00', timeZone: '+01:00' } }],
  ['a misspelt name', { callingon: false, audiences: [] }],
  ['an extra nested field', { quietHours: { from: '22:00', to: '07:00', timeZone: 'UTC', days: ['sat'] } }],
])('settings with %s are refused and change nothing', async (_, body) => {
  const refused = await http.ask('PATCH', '/v1/me/settings', { as: ben, body });
  expect([refused.status, refused.json['code']]).toEqual([400, 'invalid_request']);
  expect((await http.ask('GET', '/v1/me/settings', { as: ben })).json).toMatchObject({ audiences: ['following'] });
});

test('facts with misspelt names are refused, and none of them is stored', async () => {
  const change = { from: 'ann', kind: 'blocks', to: 'ben', holds: true };
  const wrong: readonly [string, string, unknown][] = [
    ['PUT', '/v1/users/carl', { name: 'Carl', isVerified: true }],
    ['POST', '/v1/users', { users: [{ id: 'carl', name: 'Carl', isVerified: true }] }],
    ['POST', '/v1/relations', { changes: [change, { ...change, until: 0 }] }],
    ['POST', '/v1/relations', { changes: [change], dryRun: true }],
  ];
  for (const [method, path, body] of wrong) {
    const refused = await http.ask(method, path, { as: apiKey, body });
    expect([path, refused.status, refused.json['code']]).toEqual([path, 400, 'invalid_request']);
    expect(refused.text).toMatch(/isVerified|until|dryRun/);
  }
  expect((await http.ask('GET', '/v1/users/carl', { as: apiKey })).status).toBe(404);
  expect((await world.relations.of('ann', 'blocks', { limit: 10 })).userIds).toEqual([]);
});

test('an audience named twice counts once', async () => {
  const body = { audiences: ['verified', 'following', 'verified'], groupAudiences: ['everyone', 'everyone'] };
  const changed = await http.ask('PATCH', '/v1/me/settings', { as: ben, body });
  const once = { audiences: ['verified', 'following'], groupAudiences: ['everyone'] };
  expect([changed.status, changed.json]).toEqual([200, expect.objectContaining(once)]);
  expect((await world.users.get('ben'))?.settings).toMatchObject(once);
});

test('a user named a hundred times is looked up once and answered each time', async () => {
  const looked = jest.spyOn(world.users, 'get');
  const compared = jest.spyOn(world.relations, 'between');
  const userIds = [...Array<string>(98).fill('ben'), 'nobody', 'ben'];
  const { json } = await http.ask('POST', '/v1/me/callable', { as: ann, body: { userIds } });
  expect(json).toEqual({ answers: userIds.map((userId) => ({ userId, ...no })) });
  expect(looked.mock.calls).toEqual([['ann'], ['ben'], ['nobody']]);
  expect(compared.mock.calls).toEqual([['ann', ['ben', 'nobody']]]);
});

describe('ringing', () => {
  beforeEach(async () => {
    await relate('PUT', 'ben', 'wrote_to', 'ann');
    await relate('PUT', 'ben', 'follows', 'ann');
  });
  const hangUp = (id: unknown) =>
    http.ask('POST', `/v1/calls/${String(id)}/cancel`, { as: ann, body: { deviceId: 'a-device-1' } });
  const made = z.object({ call: z.object({ id: z.string() }) });

  test('an unanswered call makes the next one wait, and an answer ends the wait', async () => {
    for (let time = 0; time < 3; time += 1) await hangUp(made.parse((await call(ann, 'ben')).json).call.id);
    const refused = await call(ann, 'ben');
    expect([refused.status, refused.json['code'], refused.headers.get('retry-after')]).toEqual([
      429,
      'too_many_requests',
      '60',
    ]);
    world.time.now += 60_000;
    [ann, ben] = [await world.tokenOf('ann'), await world.tokenOf('ben')];
    const { id } = made.parse((await call(ann, 'ben')).json).call;
    await http.ask('POST', `/v1/calls/${id}/answer`, { as: ben, body: { deviceId: 'b-device-1' } });
    await http.ask('POST', `/v1/calls/${id}/leave`, { as: ben, body: { deviceId: 'b-device-1' } });
    expect((await call(ann, 'ben')).status).toBe(201);
  });

  test('attempts are limited, refused ones included', async () => {
    const codes: unknown[] = [];
    for (let time = 0; time < 22; time += 1) codes.push((await call(ann, 'nobody')).json['code']);
    expect(codes.filter((code) => code === 'not_callable')).toHaveLength(20);
    expect(codes.slice(20)).toEqual(['too_many_requests', 'too_many_requests']);
    expect((await call(ben, 'nobody')).json['code']).toBe('not_callable');
  });
});
