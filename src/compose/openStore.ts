/** The connection to Redis, once this process and the store have agreed that they are for each other. */
import type { Config } from '../../config/schema.ts';
import { databaseOf } from '../adapters/redis/client.ts';
import { RedisConnection } from '../adapters/redis/connection.ts';
import { redisKeys } from '../adapters/redis/keys.ts';
import { openRedis } from '../adapters/redis/openRedis.ts';
import { claimedInstallation } from '../adapters/redis/schema/installation.ts';
import { StoreSchema } from '../adapters/redis/schema/storeSchema.ts';
import { systemClock } from '../adapters/system/systemClock.ts';
import type { Log } from '../ports/log.ts';

/** A lifecycle worker of before schema versions is silent for at most half of this, a node with the first lease less. */
const shortestObservationMs = 4_000;

export async function openStore(config: Config, log: Log, stopping: AbortSignal | undefined) {
  const redis = await openRedis({
    ...{ url: config.redisUrl, key: redisKeys(config.redisPrefix).users },
    onMove: () => {
      log.warn('the master of Redis is another now');
    },
  });
  const connection = await RedisConnection.create({
    url: redis.url,
    onError: (error) => {
      log.warn('the connection to Redis failed', { error });
    },
  }).catch(async (error: unknown) => {
    await redis.close();
    throw error;
  });
  const { redisPrefix, tokenSecret, mode, nodeLeaseMs } = config;
  const keys = redisKeys(redisPrefix, databaseOf(redis.url));
  const shared = { connection, keys, redisPrefix, clock: systemClock };
  const agree = async () => {
    const installation = await claimedInstallation({ ...shared, tokenSecret, mayReplace: mode === 'development' });
    const observeMs = Math.max(shortestObservationMs, nodeLeaseMs);
    return StoreSchema.open({ ...shared, log, stopping, installation, observeMs });
  };
  const schema = await agree().catch(async (error: unknown) => {
    await connection.close();
    await redis.close();
    throw error;
  });
  return { redis, connection, keys, schema };
}
