/** Shared by all processes: the stores in Redis and the queues. */
import type { Config } from '../../../config/schema.ts';
import { BullmqConnections } from '../../adapters/bullmq/connections.ts';
import { BullmqSchedule } from '../../adapters/bullmq/bullmqSchedule.ts';
import { BullmqWakeUps } from '../../adapters/bullmq/bullmqWakeUps.ts';
import type { RedisConnection } from '../../adapters/redis/connection/connection.ts';
import type { RedisKeys } from '../../adapters/redis/schema/keys.ts';
import { RedisClock } from '../../adapters/redis/connection/redisClock.ts';
import { redisClient } from '../../adapters/redis/connection/client.ts';
import { RedisCallRecords } from '../../adapters/redis/call/redisCallRecords.ts';
import { RedisCallStore } from '../../adapters/redis/call/redisCallStore.ts';
import { RedisDeadLetters } from '../../adapters/redis/webhooks/redisDeadLetters.ts';
import { RedisNodeDirectory } from '../../adapters/redis/cluster/redisNodeDirectory.ts';
import { RedisRelations } from '../../adapters/redis/people/redisRelations.ts';
import { RedisRingLedgers } from '../../adapters/redis/people/redisRingLedgers.ts';
import { RedisUserDirectory } from '../../adapters/redis/people/redisUserDirectory.ts';
import { RedisWebhookEndpoints } from '../../adapters/redis/webhooks/redisWebhookEndpoints.ts';
import { RedisWebhookMailbox } from '../../adapters/redis/webhooks/redisWebhookMailbox.ts';
import type { OnUnreadable } from '../../adapters/redis/schema/values.ts';
import type { Log } from '../../ports/system/log.ts';
import { openStore } from './openStore.ts';
import { UnknownStoredValues } from './unknownStoredValues.ts';

/** The holder of a lane renews well before this. If its process dies, the lane is free after this time. */
const laneHoldMs = 6_000;

export type State = Awaited<ReturnType<typeof composeState>>;

/**
 * Throws `unavailable` if Redis cannot be reached now, and `StoreRefusal` if this process may not use the store. An
 * older store is migrated first, which may take long: `stopping` ends the wait.
 */
export async function composeState(config: Config, log: Log, stopping?: AbortSignal) {
  const unknownValues = new UnknownStoredValues(log);
  const { onSetAside, leftOut, onUnreadable, onUnreadableSetting } = tellersOf(unknownValues);
  const opened = await openStore({ config, log, stopping, onSetAside });
  const { redis, connection, keys, schema, condition, setAside, changeSecrets } = opened;
  const makeClient = () => redisClient(redis.url);
  const close = async (): Promise<void> => {
    condition.stop();
    await schema.close();
    await connection.close();
    await redis.close();
  };
  const clock = await RedisClock.over(connection).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const queues = new BullmqConnections({
    makeClient,
    onError: (error) => {
      log.debug('a connection of the queues failed', { error });
    },
  });
  const reading = { connection, keys, setAside, onUnreadable: leftOut };
  const calls = new RedisCallStore({ ...reading, endedCallTtlMs: config.endedCallTtlMs });
  return {
    connection,
    keys,
    makeClient,
    schema,
    changeSecrets,
    condition,
    clock,
    store: calls,
    callIndex: calls,
    unknownValues,
    users: new RedisUserDirectory({ connection, keys, onUnreadable: onUnreadableSetting }),
    relations: new RedisRelations(reading),
    records: new RedisCallRecords(reading),
    ringLedgers: new RedisRingLedgers(reading),
    nodes: new RedisNodeDirectory({
      connection,
      keys,
      onUnreadable: (what, error) => {
        unknownValues.tell(`${what} cannot be read`, 'it is left out', error);
      },
    }),
    schedule: new BullmqSchedule({ connections: queues, redisPrefix: config.redisPrefix, clock }),
    webhooks: {
      ...webhookStores({ connection, keys, clock, retentionMs: config.webhookRetentionMs, onUnreadable }),
      wakeUps: new BullmqWakeUps({ connections: queues, redisPrefix: config.redisPrefix, clock }),
    },
    stop: async () => {
      clock.stop();
      queues.destroy();
      await close();
    },
  };
}

interface WebhookStoreOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: RedisClock;
  readonly retentionMs: number;
  readonly onUnreadable: OnUnreadable;
}

function webhookStores({ connection, keys, clock, retentionMs, onUnreadable }: WebhookStoreOptions) {
  const mailbox = new RedisWebhookMailbox({ connection, keys, retentionMs, onUnreadable, clock, holdMs: laneHoldMs });
  return {
    endpoints: new RedisWebhookEndpoints({ connection, keys, onUnreadable }),
    mailbox,
    lanes: mailbox,
    deadLetters: new RedisDeadLetters({ connection, keys, retentionMs, clock, onUnreadable }),
  };
}

/** Each reports what was done with an unreadable stored value. */
function tellersOf(unknownValues: UnknownStoredValues) {
  const leftOut = (what: string, error: unknown): void => {
    unknownValues.tell(`a stored ${what} cannot be read`, 'it is left out', error);
  };
  const onUnreadable: OnUnreadable = (what, error) => {
    leftOut(`${what} of webhooks`, error);
  };
  const onSetAside = (kind: string, why: string): void => {
    unknownValues.tell(`a stored ${kind} cannot be read: ${why} is wrong`, 'it is set aside');
  };
  const onUnreadableSetting = (setting: string, error: unknown): void => {
    unknownValues.tell(`the stored setting ${setting} of a user cannot be read`, 'the strictest value is used', error);
  };
  return { leftOut, onUnreadable, onUnreadableSetting, onSetAside };
}
