import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DiscoveryPeers } from '../../../src/adapters/redis/connection/discovery/discoveryPeers.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { RedisServer } from '../../support/redis/redisServer.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: RedisServer;
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  redis = await RedisServer.start({ port, lines: [] });
});
afterAll(() => redis.stop());

/** Of which one is that of the question. */
const connections = (): Promise<number> => redis.asked(async (client) => (await client.clientList()).length);

test('closed discovery peers learn of no further servers', async () => {
  const host = { host: redis.host, port: redis.port };
  const peers = new DiscoveryPeers([host]);
  expect(await peers.ask((client) => client.sendCommand(['PING']))).toEqual(['PONG']);
  expect(await connections()).toBe(2);
  peers.close();
  peers.know([host]);
  expect(await peers.ask((client) => client.sendCommand(['PING']))).toEqual([]);
  await waitFor('no other connection', async () => (await connections()) === 1);
});
