/** A Redis of its own for the tests of one file, and a connection to it. */
import { afterAll, beforeAll } from '@jest/globals';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { startTestRedis } from './redis.ts';
import type { TestRedis } from './redis.ts';

/** There from the first test on, until the last has ended. */
export interface RedisOfSuite extends Pick<TestRedis, 'keys'> {
  readonly url: string;
  readonly connection: RedisConnection;
}

/** To be called once, at the top of the file. */
export function useRedis(): RedisOfSuite {
  let opened: { readonly server: TestRedis; readonly connection: RedisConnection } | undefined;
  beforeAll(async () => {
    const server = await startTestRedis();
    opened = { server, connection: await RedisConnection.create({ url: server.url }) };
  });
  afterAll(async () => {
    await opened?.connection.close();
    await opened?.server.stop();
  });
  const started = () => {
    if (opened === undefined) throw new Error('the Redis of this file is there while its tests run');
    return opened;
  };
  return {
    get url() {
      return started().server.url;
    },
    get connection() {
      return started().connection;
    },
    keys: () => started().server.keys(),
  };
}
