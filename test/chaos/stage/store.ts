/** The Redis of the play: one, or Sentinel or a Cluster over several; it can be killed and read. */
import { redisClient } from '../../../src/adapters/redis/connection/client.ts';
import type { RedisClient } from '../../../src/adapters/redis/connection/client.ts';
import { openRedis } from '../../../src/adapters/redis/connection/openRedis.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startRedisOf } from '../../support/redis/redisKinds.ts';
import type { RedisKind } from '../../support/redis/redisKinds.ts';
import type { Machine } from '../../support/processes/serverProcess.ts';

export const redisPrefix = 'chaos';

export interface Store {
  readonly url: string;
  /** As a crash of what holds the keys. */
  kill(): Promise<void>;
  /** Only of one Redis: the others find a new master by themselves. */
  restart(keep: 'with its data' | 'empty'): Promise<void>;
  read<T>(question: (client: RedisClient) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function startStore(kind: RedisKind, machine: Machine | undefined): Promise<Store> {
  if (kind === 'one') {
    const redis = await TestRedis.start({ persistent: true, ...(machine === undefined ? {} : { machine }) });
    return {
      url: redis.url,
      kill: () => redis.kill(),
      restart: async (keep) => {
        if (keep === 'empty') await redis.lose();
        await redis.restart();
      },
      read: (question) => ask(redis.url, question),
      stop: () => redis.stop(),
    };
  }
  const many = await startRedisOf(kind, machine);
  return {
    url: many.url,
    kill: async () => {
      await (await many.masterOf(redisPrefix)).kill();
    },
    restart: () => Promise.reject(new Error(`${kind} finds a master by itself`)),
    read: async (question) => {
      const opened = await openRedis({ url: many.url, key: `{${redisPrefix}}:any` });
      return ask(opened.url, question).finally(() => opened.close());
    },
    stop: () => many.stop(),
  };
}

async function ask<T>(url: string, question: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = redisClient(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.destroy();
  }
}
