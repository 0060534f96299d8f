/** The Redis user of the documentation can do all that the product does, and no more is asked of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { RedisServer } from '../../support/redis/redisServer.ts';
import { documentedUser } from '../../support/redis/redisUsers.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';

let redis: RedisServer;
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  redis = await RedisServer.start({ port, lines: ['save ""', documentedUser('app', 'of-the-app')] });
});
afterAll(async () => {
  cleanUpParticipants();
  await redis.stop();
});

test('calls, timers, webhooks, history and erasure work, and Redis refuses no command', async () => {
  const server = await startServerProcess({
    redisUrl: `redis://app:of-the-app@127.0.0.1:${redis.port}`,
    environment: { VEILCAST_RING_TIMEOUT_MS: '6000' },
    readyWithinMs: 60_000,
  });
  const receiver = await WebhookReceiver.start();
  const people: Person[] = [];
  try {
    const { url, apiKey: credential } = server;
    const body = { url: receiver.url };
    expect((await request(`${url}/v1/webhook-endpoints`, { method: 'POST', credential, body })).status).toBe(201);
    for (const name of ['alice', 'bob']) people.push(await Person.create(server, name));
    const [alice, bob] = people;
    if (alice === undefined || bob === undefined) throw new Error('nobody is there');
    const { call: answered } = await alice.call(['bob'], 'audio');
    await bob.act(answered.id, 'answer');
    await bob.act(answered.id, 'leave');
    const { call: missed } = await alice.call(['bob'], 'audio');
    await alice.socket.waitFor('call.changed', ({ call }) => call.id === missed.id && call.phase === 'ended');
    const endings = () => receiver.received.filter(({ type }) => type === 'call.ended');
    await waitFor('both endings to be told', () => endings().length === 2);
    expect((await request(`${url}/v1/me/calls`, { credential: alice.token })).status).toBe(200);
    expect((await request(`${url}/v1/users/bob`, { method: 'DELETE', credential })).status).toBeLessThan(300);
    expect((await fetch(`${server.adminUrl}/readyz`)).status).toBe(200);
    expect(await redis.asked((client) => client.sendCommand(['ACL', 'LOG']))).toEqual([]);
  } finally {
    await Promise.all(people.map((person) => person.close()));
    await server.stop();
    await receiver.stop();
  }
}, 120_000);
