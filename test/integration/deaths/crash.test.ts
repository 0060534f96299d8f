/** Anything may be killed during a call. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { admittedCall } from '../../../src/protocol/shared/calls.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis, tracesOfCalls } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { waitForEqual } from '../../support/waitForEqual.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await TestRedis.start({ persistent: true });
});
afterAll(async () => {
  cleanUpParticipants();
  await redis.stop();
});

const environment = {
  VEILCAST_SWEEP_EVERY_MS: '1000',
  VEILCAST_NODE_LEASE_MS: '1000',
  VEILCAST_ENDED_CALL_TTL_MS: '500',
};

const start = (redisPrefix: string, more: Record<string, string> = {}): Promise<ServerProcess> =>
  startServerProcess({ redisUrl: redis.url, redisPrefix, environment: { ...environment, ...more } });

async function pair(server: ServerProcess): Promise<{ alice: Person; bob: Person; callId: string }> {
  const [alice, bob] = [await Person.create(server, 'alice'), await Person.create(server, 'bob')];
  const { call, ticket } = await alice.call(['bob']);
  await alice.join(ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  await bob.act(call.id, 'answer');
  await waitFor('media', () => alice.packets > 10 && bob.packets > 10);
  return { alice, bob, callId: call.id };
}

/** Each process has a key under a name of its own for as long as it lives: which one it is does not matter here. */
const keysOf = async (prefix: string): Promise<string[]> =>
  tracesOfCalls(await redis.keys())
    .filter((key) => key.startsWith(`{${prefix}}:`))
    .map((key) => key.replace(/:process:p_.+$/, ':process:p_…'));

const calls = (server: ServerProcess) => request(`${server.url}/v1/calls`, { credential: server.apiKey });

test('after kill -9 of the server, the next one takes over its calls, ends them if nobody comes back, and leaves Redis as before', async () => {
  const before = await start('kill');
  const idle = await Person.create(before, 'alice');
  await Person.create(before, 'bob').then((one) => one.close());
  await idle.close();
  const keys = await keysOf('kill');
  const { alice, bob } = await pair(before);
  const ringing = await alice.call(['bob'], 'audio');
  expect(ringing.call.phase).toBe('ringing');
  expect(await keysOf('kill')).not.toEqual(keys);
  await before.kill();
  await Promise.all([alice, bob].map((person) => person.close()));

  const after = await start('kill');
  await waitFor('the calls to be taken over', () =>
    after.logs().includes('a node died: its calls move to other nodes'),
  );
  expect(JSON.stringify((await calls(after)).body)).not.toBe('{"calls":[]}');
  await waitFor('every call to have ended', async () => JSON.stringify((await calls(after)).body) === '{"calls":[]}', {
    withinMs: 20_000,
  });
  await waitForEqual(() => keysOf('kill'), keys, 20_000);
  await after.stop();
}, 60_000);

test('after kill -9 of a media worker, both join again automatically and continue the same call', async () => {
  const server = await start('worker', { VEILCAST_MEDIA_WORKERS: '1' });
  const { alice, bob, callId } = await pair(server);
  const pid = Number(/"pid":(\d+),"port":\d+,"msg":"a media worker runs"/.exec(server.logs())?.[1]);
  process.kill(pid, 'SIGKILL');
  await Promise.all(
    [alice, bob].map((person) => person.socket.waitFor('session.closed', ({ why }) => why === 'media_lost')),
  );
  for (const person of [alice, bob]) {
    await waitFor('a new session', async () => {
      const { body } = await request(`${server.url}/v1/calls/${callId}`, { credential: person.token });
      return person.join(admittedCall.parse(body).ticket).catch(() => undefined);
    });
  }
  const heard = [alice.packets, bob.packets];
  await waitFor('media again', () => alice.packets > (heard[0] ?? 0) + 10 && bob.packets > (heard[1] ?? 0) + 10);
  expect((await alice.read(callId)).phase).toBe('active');
  await Promise.all([alice, bob].map((person) => person.close()));
  await server.stop();
}, 60_000);

test('while Redis is down for three seconds the call continues and nobody is admitted; afterwards everything works', async () => {
  const server = await start('redis');
  const { alice, bob, callId } = await pair(server);
  await redis.kill();
  const refused = await waitFor('new calls to be refused', async () => {
    const answer = await alice.http('/v1/calls', { callees: ['bob'], media: 'audio', deviceId: alice.deviceId });
    return answer.status === 503 ? answer : undefined;
  });
  expect(refused.body).toMatchObject({ code: 'unavailable' });
  const heard = [alice.packets, bob.packets];
  // Some three seconds of sound and picture.
  await waitFor('media without Redis', () =>
    [alice, bob].every(({ packets }, index) => packets > (heard[index] ?? 0) + 250),
  );
  await redis.restart();
  await waitFor(
    'the call to be known',
    async () => (await alice.read(callId).catch(() => undefined))?.phase === 'active',
  );
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect((await alice.read(callId)).phase).toBe('active');
  await alice.act(callId, 'leave');
  const over = await bob.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended');
  expect(over.call.reason).toBe('hangup');
  await Promise.all([alice, bob].map((person) => person.close()));
  await server.stop();
}, 60_000);

test('SIGTERM stops within its time limit and ends the remaining calls', async () => {
  const server = await start('term');
  const { alice, bob } = await pair(server);
  // Without a bound it would wait for the call, which nobody ends.
  expect(await server.stop()).toBe(0);
  const changed = await bob.socket.waitFor('call.changed', ({ call }) => call.phase === 'ended');
  expect(changed.call.reason).toBe('node_lost');
  await Promise.all([alice, bob].map((person) => person.close()));
}, 60_000);
