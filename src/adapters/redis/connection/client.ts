/** The driver's client with the settings that all connections to Redis share. */
import { createClient } from 'redis';
import { exponentialMs } from '../../../support/backoff.ts';

export type RedisClient = ReturnType<typeof redisClient>;

/**
 * A command that stays unsent for this long is withdrawn, so that it never runs after its caller gave up. The driver
 * sets a timer for each command.
 */
const unsentTimeoutMs = 1_000;
const connectTimeoutMs = 2_000;
const backoff = { firstMs: 20, longestMs: 500 } as const;
/** Random delay, so that not all clients reconnect at once. */
const spreadMs = 50;

export interface RedisClientOptions {
  /** 0 if commands are withdrawn in another way. */
  readonly unsentTimeoutMs?: number;
}

/** `url`: `redis://…`, `rediss://…` or `unix:///path`. Not connected yet. */
export function redisClient(url: string, options: RedisClientOptions = {}) {
  return createClient({
    url,
    maintNotifications: 'disabled',
    commandOptions: { timeout: options.unsentTimeoutMs ?? unsentTimeoutMs },
    socket: {
      connectTimeout: connectTimeoutMs,
      // Never give up: an outage ends when Redis is back, not after a number of attempts.
      reconnectStrategy: (retries) => exponentialMs(backoff, retries) + Math.random() * spreadMs,
    },
  });
}

/** The database number in a URL. Clients made from the URL use it. */
export function databaseOf(url: string): number {
  return redisClient(url).options.database ?? 0;
}
