/** What every process shares: the stores in Redis and the queues. */
import type { Config } from '../../config/schema.ts';
import { BullmqConnections } from '../adapters/bullmq/connections.ts';
import { BullmqSchedule } from '../adapters/bullmq/bullmqSchedule.ts';
import { BullmqWakeUps } from '../adapters/bullmq/bullmqWakeUps.ts';
import { redisClient } from '../adapters/redis/client.ts';
import { RedisConnection } from '../adapters/redis/connection.ts';
import { redisKeys } from '../adapters/redis/keys.ts';
import { openRedis } from '../adapters/redis/openRedis.ts';
import { RedisCallRecords } from '../adapters/redis/redisCallRecords.ts';
import { RedisCallStore } from '../adapters/redis/redisCallStore.ts';
import { RedisDeadLetters } from '../adapters/redis/redisDeadLetters.ts';
import { RedisNodeDirectory } from '../adapters/redis/redisNodeDirectory.ts';
import { RedisRelations } from '../adapters/redis/redisRelations.ts';
import { RedisRingLedgers } from '../adapters/redis/redisRingLedgers.ts';
import { RedisUserDirectory } from '../adapters/redis/redisUserDirectory.ts';
import { RedisWebhookEndpoints } from '../adapters/redis/redisWebhookEndpoints.ts';
import { RedisWebhookMailbox } from '../adapters/redis/redisWebhookMailbox.ts';
import { systemClock } from '../adapters/system/systemClock.ts';
import type { Log } from '../ports/log.ts';
import { Degraded } from './degraded.ts';

/** What an attempt to deliver takes beside the receiver's time, on a bad day. */
const holdMarginMs = 15_000;

export type State = Awaited<ReturnType<typeof composeState>>;

/** Throws `unavailable` when Redis cannot be reached now. */
export async function composeState(config: Config, log: Log) {
  const keys = redisKeys(config.redisPrefix);
  const redis = await openRedis({
    ...{ url: config.redisUrl, key: keys.users },
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
  const makeClient = () => redisClient(redis.url);
  const queues = new BullmqConnections({
    makeClient,
    onError: (error) => {
      log.debug('a connection of the queues failed', { error });
    },
  });
  const degraded = new Degraded(log);
  const retentionMs = config.webhookRetentionMs;
  return {
    ...{ connection, keys, makeClient },
    store: new RedisCallStore({ connection, keys, endedCallTtlMs: config.endedCallTtlMs }),
    degraded,
    users: new RedisUserDirectory({
      ...{ connection, keys },
      onUnreadable: (setting, error) => {
        degraded.tell(`the stored setting ${setting} of a user cannot be read`, 'fewer calls get through', error);
      },
    }),
    relations: new RedisRelations({ connection, keys }),
    records: new RedisCallRecords({ connection, keys }),
    ringLedgers: new RedisRingLedgers({ connection, keys }),
    nodes: new RedisNodeDirectory({ connection, keys }),
    schedule: new BullmqSchedule({ connections: queues, redisPrefix: config.redisPrefix, clock: systemClock }),
    webhooks: {
      endpoints: new RedisWebhookEndpoints({ connection, keys }),
      mailbox: new RedisWebhookMailbox({
        connection,
        keys,
        retentionMs,
        holdMs: config.webhookTimeoutMs + holdMarginMs,
      }),
      deadLetters: new RedisDeadLetters({ connection, keys, retentionMs, clock: systemClock }),
      wakeUps: new BullmqWakeUps({ connections: queues, redisPrefix: config.redisPrefix, clock: systemClock }),
    },
    stop: async () => {
      queues.destroy();
      await connection.close();
      await redis.close();
    },
  };
}
