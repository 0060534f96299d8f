/** The connection to Redis, once this process may use the store. */
import type { Config } from '../../../config/schema.ts';
import { databaseOf } from '../../adapters/redis/connection/client.ts';
import { RedisConnection } from '../../adapters/redis/connection/connection.ts';
import { redisKeys } from '../../adapters/redis/schema/keys.ts';
import type { RedisKeys } from '../../adapters/redis/schema/keys.ts';
import { faultOf } from '../../adapters/redis/connection/operatorMessages.ts';
import { RedisCondition, evictionWords } from '../../adapters/redis/connection/redisCondition.ts';
import type { FaultKind } from '../../adapters/redis/connection/redisCondition.ts';
import { SetAside } from '../../adapters/redis/schema/setAside.ts';
import type { OnSetAside } from '../../adapters/redis/schema/setAside.ts';
import { openRedis } from '../../adapters/redis/connection/openRedis.ts';
import { claimedInstallation } from '../../adapters/redis/schema/installation.ts';
import { StoreRefusal } from '../../adapters/redis/schema/versions/storeRefusal.ts';
import { SchemaVersionCheck } from '../../adapters/redis/schema/versions/schemaVersionCheck.ts';
import { OncePerCause } from '../../observability/oncePerCause.ts';
import { systemClock } from '../../adapters/system/systemClock.ts';
import { onlyIfChanged } from './changedSecrets.ts';
import type { TokenSecrets } from './changedSecrets.ts';
import type { Log } from '../../ports/system/log.ts';

/**
 * A lifecycle worker from before schema versions is silent for at most half of this, a node with the first lease even
 * less.
 */
const shortestObservationMs = 4_000;

export interface Opening {
  readonly config: Config;
  readonly log: Log;
  readonly stopping: AbortSignal | undefined;
  readonly onSetAside: OnSetAside;
}

export async function openStore({ config, log, stopping, onSetAside }: Opening) {
  const faults = new OncePerCause(log);
  const redis = await openRedis({
    url: config.redisUrl,
    key: redisKeys(config.redisPrefix).users,
    sentinelCredentials: sentinelCredentials(config),
    onMove: () => {
      log.warn('Redis has another master now');
    },
    onError: (error) => {
      // The connection over it fails too, and is logged.
      log.debug('a connection to the Redis master failed', { error });
    },
  });
  let isOpen = false;
  const { redisPrefix, mode, nodeLeaseMs } = config;
  const keys = redisKeys(redisPrefix, databaseOf(redis.url));
  const setAside = new SetAside(keys, onSetAside);
  const connection = await RedisConnection.create({
    url: redis.url,
    mend: (runner, wrong) => setAside.wrongTypes(runner, wrong),
    onError: (error) => {
      // During a start, its caller reports the error.
      if (!isOpen) return;
      const words = faultOf(error)?.words;
      // If the cause is known, a stack adds nothing.
      if (words !== undefined) faults.failed('the connection to Redis', words);
      else faults.failed('the connection to Redis', error instanceof Error ? error.message : '', { error });
    },
  }).catch(async (error: unknown) => {
    await redis.close();
    throw error;
  });
  isOpen = true;
  connection.onReconnect(() => {
    faults.succeeded('the connection to Redis');
  });
  const shared = { connection, keys, redisPrefix, clock: systemClock };
  const claim = (secrets: TokenSecrets) =>
    claimedInstallation({ ...shared, ...secrets, mayReplace: mode === 'development' });
  const agree = async () => {
    const installation = await claim(config);
    const observeMs = Math.max(shortestObservationMs, nodeLeaseMs);
    return SchemaVersionCheck.open({ ...shared, log, stopping, installation, observeMs });
  };
  const schema = await agree().catch(async (error: unknown) => {
    await connection.close();
    await redis.close();
    throw error;
  });
  const condition = await watchCondition({ connection, keys, log, mode, isCurrent: () => schema.isCurrent }).catch(
    async (error: unknown) => {
      await schema.close();
      await connection.close();
      await redis.close();
      throw error;
    },
  );
  /** Throws `unavailable`, or `StoreRefusal` if the store belongs to neither secret. */
  const changeSecrets = onlyIfChanged(config, async (secrets) => {
    schema.replaceInstallation(await claim(secrets));
  });
  return { redis, connection, keys, schema, condition, setAside, changeSecrets };
}

/** `user:password@`, as in URLs. */
export function sentinelCredentials({
  redisSentinelUsername: user = '',
  redisSentinelPassword: password,
}: Config): string {
  return password === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
}

interface Watching {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly log: Log;
  readonly mode: Config['mode'];
  readonly isCurrent: () => boolean;
}

/** Refuses a Redis that deletes keys when it is full, except in development. */
async function watchCondition({ connection, keys, log, mode, isCurrent }: Watching): Promise<RedisCondition> {
  const faults = new OncePerCause(log);
  const refused: readonly FaultKind[] = mode === 'production' ? ['eviction'] : [];
  let isStarting = true;
  const condition = new RedisCondition({
    connection,
    keys,
    isCurrent,
    onFault: (what, words) => {
      // The start below fails with the same words.
      if (!isStarting || !refused.includes(what)) faults.failed(watched[what], words);
    },
    onOver: (what) => {
      faults.succeeded(watched[what]);
    },
  });
  await condition.look();
  isStarting = false;
  const policy = condition.evictionPolicy;
  if (policy !== undefined && refused.includes('eviction')) throw new StoreRefusal(`${evictionWords(policy)}.`);
  condition.start();
  return condition;
}

const watched = {
  write: 'writing to Redis',
  memory: 'keeping memory free in Redis',
  eviction: 'keeping data in Redis',
} as const;
