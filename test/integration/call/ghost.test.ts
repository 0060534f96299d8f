/** Devices that die without a word, under the settings that a server has when nobody says otherwise. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallEventView } from '../../../src/protocol/shared/calls.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

const goneWithinMs = 15_000;

let redis: TestRedis;
let server: ServerProcess;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
});
afterAll(async () => {
  cleanUpParticipants();
  await server.stop();
  await redis.stop();
});

/** How often the server has asked this one's socket whether it lives. */
function pingsOf({ socket }: Person): () => number {
  let pings = 0;
  socket.socket.on('ping', () => (pings += 1));
  return () => pings;
}

test('a participant with an open but silent socket soon disappears for the others, whose call continues', async () => {
  const people: Person[] = [];
  for (const name of ['alice', 'bob', 'carol', 'dan']) people.push(await Person.create(server, name));
  const [alice, bob, carol, dan] = people;
  if (!alice || !bob || !carol || !dan) throw new Error('four people');
  const { call, ticket } = await alice.call(['bob', 'carol']);
  await alice.join(ticket);
  for (const callee of [bob, carol]) {
    await callee.join((await callee.socket.waitFor('call.incoming')).ticket);
    await callee.act(call.id, 'answer');
  }
  const stateOf = async (name: string) =>
    (await alice.read(call.id)).participants.find(({ userId }) => userId === name);
  await waitFor('all three to be there', async () => (await stateOf('carol'))?.presence === 'connected');

  const [inCall, idle] = [pingsOf(alice), pingsOf(dan)];
  bob.socket.socket.pause();
  const isGone = ({ events }: { readonly events: readonly CallEventView[] }) =>
    events.some(({ type, userId }) => type === 'call.left' && userId === 'bob');
  await Promise.all(
    [alice, carol].map(({ socket }) => socket.waitFor('call.changed', isGone, { withinMs: goneWithinMs })),
  );
  expect(await stateOf('bob')).toMatchObject({ state: 'gone', reason: 'connection_lost' });
  expect(inCall()).toBeGreaterThan(3);
  // The battery of who is in no call.
  expect(idle()).toBeLessThanOrEqual(2);

  const before = [alice.packets, carol.packets];
  await waitFor('media of the others', () =>
    [alice, carol].every(({ packets }, index) => packets > (before[index] ?? 0) + 20),
  );
  expect((await stateOf('carol'))?.presence).toBe('connected');
  bob.socket.socket.resume();
  await Promise.all(people.map((person) => person.close()));
}, 60_000);
