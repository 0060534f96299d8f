/** Records of calls on a real server: what they came to, pages, retention, export and erasure, over a crash. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { historyPage } from '../../../src/protocol/http/history.ts';
import type { HistoryPage } from '../../../src/protocol/http/history.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
let people: Person[] = [];

beforeAll(async () => {
  redis = await TestRedis.start({ persistent: true });
});
afterEach(async () => {
  await Promise.all(people.map((person) => person.close()));
  people = [];
});
afterAll(async () => {
  cleanUpParticipants();
  await redis.stop();
});

const start = (redisPrefix: string, environment: Record<string, string> = {}) =>
  startServerProcess({ redisUrl: redis.url, redisPrefix, environment });

async function two(server: ServerProcess, first: string, second: string): Promise<[Person, Person]> {
  const pair: [Person, Person] = [await Person.create(server, first), await Person.create(server, second)];
  people.push(...pair);
  return pair;
}

async function history(server: ServerProcess, person: Person, query = ''): Promise<HistoryPage> {
  const { body } = await request(`${server.url}/v1/me/calls${query}`, { credential: person.token });
  return historyPage.parse(body);
}

const told = ({ calls }: HistoryPage) => calls.map(({ direction, outcome, others }) => [direction, outcome, ...others]);

test('every ending is in the history of both users, in pages, and is marked as seen', async () => {
  const server = await start('ways', { VEILCAST_RING_TIMEOUT_MS: '6000' });
  const [alice, bob] = await two(server, 'alice', 'bob');
  const first = await alice.call(['bob'], 'audio');
  await bob.act(first.call.id, 'answer');
  await bob.act(first.call.id, 'leave');
  const second = await alice.call(['bob'], 'audio');
  await bob.act(second.call.id, 'decline');
  const third = await alice.call(['bob'], 'audio');
  await alice.act(third.call.id, 'cancel');
  const fourth = await bob.call(['alice'], 'video');
  await alice.socket.waitFor('call.changed', ({ call }) => call.id === fourth.call.id && call.phase === 'ended');

  await waitFor('all four', async () => (await history(server, bob)).calls.length === 4);
  expect(told(await history(server, alice))).toEqual([
    ['incoming', 'missed', 'bob'],
    ['outgoing', 'cancelled', 'bob'],
    ['outgoing', 'declined', 'bob'],
    ['outgoing', 'answered', 'bob'],
  ]);
  expect(told(await history(server, bob)).map(([, outcome]) => outcome)).toEqual([
    'missed',
    'missed',
    'declined',
    'answered',
  ]);
  const page = await history(server, alice, '?limit=3');
  const rest = await history(server, alice, `?limit=3&after=${page.next ?? ''}`);
  expect([page.calls.length, rest.calls.length, rest.next]).toEqual([3, 1, undefined]);
  expect((await alice.http('/v1/me/calls/seen', { upTo: page.calls[0]?.endedAt })).status).toBe(204);
  expect((await history(server, alice)).seenUpTo).toBe(page.calls[0]?.endedAt);
  const wrong = await request(`${server.url}/v1/me/calls?after=nonsense`, { credential: alice.token });
  expect([wrong.status, wrong.body]).toMatchObject([400, { code: 'invalid_request' }]);
  await server.stop();
});

test('the record of a call survives a crash right after its end', async () => {
  const before = await start('crash');
  const [alice, bob] = await two(before, 'alice', 'bob');
  const { call } = await alice.call(['bob'], 'audio');
  await bob.act(call.id, 'answer');
  await bob.act(call.id, 'leave');
  await before.kill();
  const after = await start('crash');
  const [again] = await two(after, 'alice', 'bob');
  await waitFor('the record', async () => (await history(after, again)).calls.some(({ callId }) => callId === call.id));
  await after.stop();
});

test('a record is deleted after its time', async () => {
  const server = await start('old', { VEILCAST_RECORD_TTL_MS: '6000', VEILCAST_SWEEP_EVERY_MS: '300' });
  const [alice, bob] = await two(server, 'alice', 'bob');
  const { call } = await alice.call(['bob'], 'audio');
  await bob.act(call.id, 'decline');
  await waitFor('the record', async () => (await history(server, bob)).calls.length === 1);
  await waitFor('it to be gone', async () => (await history(server, bob)).calls.length === 0);
  expect((await redis.keys()).filter((key) => key.startsWith('old:') && /record|history/.test(key))).toEqual([]);
  await server.stop();
});

test('a user’s data is exported in full and then erased', async () => {
  const server = await start('erase', { VEILCAST_ENDED_CALL_TTL_MS: '500' });
  const [alice, bob] = await two(server, 'alice-who-goes', 'bob');
  const { call } = await alice.call(['bob'], 'audio');
  await bob.act(call.id, 'answer');
  await bob.act(call.id, 'leave');
  const talking = await bob.call(['alice-who-goes'], 'audio');
  await alice.act(talking.call.id, 'answer');
  await waitFor('the record', async () => (await history(server, bob)).calls.length === 1);
  const one = `${server.url}/v1/users/alice-who-goes`;
  const exported = await request(`${one}/export`, { credential: server.apiKey });
  expect(exported.body).toMatchObject({
    user: { id: 'alice-who-goes' },
    settings: { callingOn: true },
    relations: { wrote_to: ['alice', 'bob', 'carol', 'dan'], blocks: [] },
    liveCalls: [{ id: talking.call.id }],
    history: [{ callId: call.id, outcome: 'answered' }],
  });
  expect((await request(one, { method: 'DELETE', credential: server.apiKey })).status).toBe(204);
  await bob.socket.waitFor('call.changed', ({ call: now }) => now.id === talking.call.id && now.phase === 'ended');
  await waitFor('both records', async () => (await history(server, bob)).calls.length === 2);
  expect(told(await history(server, bob))).toEqual([
    ['outgoing', 'answered', null],
    ['incoming', 'answered', null],
  ]);
  expect((await request(`${one}/export`, { credential: server.apiKey })).status).toBe(404);
  await waitFor('their socket to be closed', () => !alice.socket.isOpen);
  await waitFor('no key to name them', async () => {
    const keys = (await redis.keys()).filter((key) => key.startsWith('{erase}:'));
    // Bob is still there: an empty list would be of another prefix.
    return keys.some((key) => key.includes('bob')) && keys.every((key) => !key.includes('alice-who-goes'));
  });
  await server.stop();
});
