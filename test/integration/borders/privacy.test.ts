/** No address of a client in Redis, logs, metrics, answers of the API or messages to others; and the search can find one. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataInventory, queueInventory } from '../../../src/adapters/redis/schema/dataInventory.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

const addresses = { alice: '127.77.1.201', bob: '127.77.2.202' };

let redis: TestRedis;
let server: ServerProcess;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url, environment: { VEILCAST_LOG_LEVEL: 'debug' } });
});
afterAll(async () => {
  cleanUpParticipants();
  await server.stop();
  await redis.stop();
});

/** The address as text, in hex and as bytes, forwards and backwards. */
function formsOf(address: string): readonly string[] {
  const bytes = address.split('.').map(Number);
  const hex = (order: readonly number[]) => order.map((byte) => byte.toString(16).padStart(2, '0'));
  const backwards = [...bytes].reverse();
  return [
    address,
    backwards.join('.'),
    ...[bytes, backwards].flatMap((order) => [
      hex(order).join(''),
      hex(order).join(':'),
      Buffer.from(order).toString('latin1'),
    ]),
  ];
}

function found(text: string): readonly string[] {
  return Object.values(addresses)
    .flatMap(formsOf)
    .filter((form) => text.includes(form) || text.toLowerCase().includes(form));
}

/** Everything in Redis: names and contents of all keys, as Redis itself would write them. */
async function everythingInRedis(): Promise<string> {
  const client = await redis.look();
  try {
    const parts: string[] = [];
    for (const key of await redis.keys()) {
      const kind = await client.type(key);
      const content = {
        string: () => client.get(key),
        hash: () => client.hGetAll(key),
        list: () => client.lRange(key, 0, -1),
        set: () => client.sMembers(key),
        zset: () => client.zRange(key, 0, -1),
        stream: () => client.xRange(key, '-', '+'),
      }[kind];
      parts.push(key, JSON.stringify(await content?.()));
    }
    return parts.join('\n');
  } finally {
    client.destroy();
  }
}

/** Keys of the data inventory, as expressions: `{user}` is anything but a colon. */
const namedKeys = [...Object.values(dataInventory).flat(), ...queueInventory].map(({ key }) => {
  const parts = key.split(/\{([a-z]+)\}/).map((part, index) => {
    if (index % 2 === 0) return part;
    return part === 'call' ? 'call_[^:]+' : '[^:]+';
  });
  return new RegExp(`^\\{veilcast\\}:${parts.join('')}${key.startsWith('jobs:') ? '(:.*)?' : ''}$`);
});
const isNamed = (key: string) => namedKeys.some((named) => named.test(key));

/** A bad request from an address, as a probing client would send it. */
function probe(localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': localAddress };
    httpRequest(`${server.url}/v1/calls`, { localAddress, method: 'POST', headers }, (response) => {
      const chunks: string[] = [];
      response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      response.on('end', () => {
        resolve(chunks.join(''));
      });
    })
      .on('error', reject)
      .end('{"broken":');
  });
}

test('the search finds an address in each of its forms', () => {
  for (const form of formsOf(addresses.alice)) expect(found(`before ${form} after`)).toContain(form);
});

test('a call leaves no address of its participants anywhere', async () => {
  const alice = await Person.create(server, 'alice', { localAddress: addresses.alice });
  const bob = await Person.create(server, 'bob', { localAddress: addresses.bob });
  const { call, ticket } = await alice.call(['bob']);
  await alice.join(ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  const seen = [await everythingInRedis()];
  await bob.act(call.id, 'answer');
  await waitFor('media', () => alice.packets > 20 && bob.packets > 20);
  seen.push(await everythingInRedis());
  await bob.socket.close();
  await alice.socket.waitFor('call.changed', ({ call: { participants } }) =>
    participants.some(({ presence }) => presence === 'lost'),
  );
  seen.push(await everythingInRedis(), await probe(addresses.alice), await probe(addresses.bob));
  seen.push(JSON.stringify(await request(`${server.url}/v1/calls`, { credential: server.apiKey })));
  const metrics = await fetch(`${server.adminUrl}/metrics`);
  seen.push(await metrics.text(), server.logs(), ...alice.socket.frames, ...bob.socket.frames);
  await alice.act(call.id, 'end');
  await alice.socket.waitFor('call.changed', ({ call: { phase } }) => phase === 'ended');
  seen.push(await everythingInRedis(), server.logs());
  const all = seen.join('\n');
  expect(all.length).toBeGreaterThan(20_000);
  expect(found(all)).toEqual([]);
  expect((await redis.keys()).filter((key) => !isNamed(key))).toEqual([]);
  await Promise.all([alice.close(), bob.close()]);
});
