/** A node whose event loop stands still keeps its calls for a while; one that is stopped altogether loses them. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Longer than the lease of three seconds. */
const blockedForMs = 5_000;
let redis: TestRedis;
let people: Person[] = [];
let servers: ServerProcess[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterEach(async () => {
  for (const { pid } of servers) process.kill(pid, 'SIGCONT');
  await Promise.all(people.map((person) => person.close()));
  await Promise.all(servers.map((server) => server.kill()));
  [people, servers] = [[], []];
});
afterAll(async () => {
  cleanUpParticipants();
  await redis.stop();
});

async function start(redisPrefix: string): Promise<ServerProcess> {
  const server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    environment: {
      NODE_OPTIONS: `--import=${pathToFileURL(resolve('test/support/processes/blockableLoop.mjs')).href}`,
      BLOCK_LOOP_MS: String(blockedForMs),
      VEILCAST_MEDIA_WORKERS: '1',
    },
  });
  servers.push(server);
  return server;
}

/** A call of two whose clients and broadcast are at the first node; another node looks on. */
async function callOn(redisPrefix: string) {
  const owner = await start(redisPrefix);
  const [alice, bob] = [await Person.create(owner, 'alice'), await Person.create(owner, 'bob')];
  people.push(alice, bob);
  const { call, ticket } = await alice.call([bob.name], 'video');
  await alice.join(ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  await bob.socket.ask('answer', { callId: call.id });
  const talking = async (): Promise<void> => {
    const before = people.map(({ packets }) => packets);
    await waitFor('media at both', () => people.every(({ packets }, index) => packets > (before[index] ?? 0) + 20));
  };
  await talking();
  const other = await start(redisPrefix);
  return { owner, other, alice, bob, callId: call.id, talking };
}

test('while its event loop stalls, media flows, nobody takes its calls, and it continues as if nothing had happened', async () => {
  const { owner, other, alice, bob, callId, talking } = await callOn('blocked');
  const sessions = [alice.sessionId, bob.sessionId];
  const began = performance.now();
  process.kill(owner.pid, 'SIGUSR2');
  while (performance.now() - began < blockedForMs - 1_000) await talking();
  await waitFor('the loop to turn again', () => owner.logs().includes('the event loop stalled'));
  expect(owner.logs()).not.toContain('this node was taken for dead');
  expect(other.logs()).not.toContain('a node died');
  await talking();
  expect([alice.sessionId, bob.sessionId]).toEqual(sessions);
  await bob.act(callId, 'leave');
  await alice.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended');
}, 60_000);

test('a node that is stopped completely counts as dead after its lease', async () => {
  const { owner, other } = await callOn('stopped');
  process.kill(owner.pid, 'SIGSTOP');
  await waitFor('its call to be taken over', () => other.logs().includes('a node died: its calls move to other nodes'));
  process.kill(owner.pid, 'SIGCONT');
  await waitFor('it to learn that', () => owner.logs().includes('this node was taken for dead'));
}, 60_000);
