/** One caller who tries a thousand times, on a real server: few rings reach the callee, and nobody else notices. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

const attempts = 1_000;
const budget = 60;
const refusal = z.object({ code: z.string() });
const made = z.object({ call: z.object({ id: z.string() }) });

let redis: TestRedis;
let server: ServerProcess;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    environment: { VEILCAST_CALL_ATTEMPTS: String(budget), VEILCAST_RING_WAITS_MS: '0,0,60000,300000' },
  });
});
afterAll(async () => {
  cleanUpParticipants();
  await server.stop();
  await redis.stop();
});

test('a thousand attempts ring twice, and another call continues', async () => {
  const people: Person[] = [];
  for (const name of ['mallory', 'bob', 'alice', 'carol']) people.push(await Person.create(server, name));
  const [mallory, bob, alice, carol] = people;
  if (!mallory || !bob || !alice || !carol) throw new Error('four people');
  const { call, ticket } = await alice.call(['carol'], 'audio');
  await alice.join(ticket);
  await carol.join((await carol.socket.waitFor('call.incoming', (incoming) => incoming.call.id === call.id)).ticket);
  await carol.act(call.id, 'answer');

  const codes = new Map<string, number>();
  const body = { callees: ['bob'], media: 'audio', deviceId: mallory.deviceId };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = await request(`${server.url}/v1/calls`, { method: 'POST', credential: mallory.token, body });
    const code = answer.status === 201 ? 'rings' : refusal.parse(answer.body).code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (answer.status === 201) await mallory.act(made.parse(answer.body).call.id, 'cancel');
  }
  expect([...codes].sort()).toEqual([
    ['rings', 2],
    ['too_many_requests', attempts - 2],
  ]);
  expect(bob.socket.heard.filter(({ method }) => method === 'call.incoming')).toHaveLength(2);

  const before = [alice.packets, carol.packets];
  await waitFor('media of the other call', () =>
    [alice, carol].every(({ packets }, index) => packets > (before[index] ?? 0) + 50),
  );
  expect((await bob.call(['mallory'], 'audio')).call.phase).toBe('ringing');
  await Promise.all(people.map((person) => person.close()));
}, 60_000);
