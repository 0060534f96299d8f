/** The driver's client with the settings that every connection to Redis has in common. */
import { createClient } from 'redis';
import { exponentialMs } from '../../../support/backoff.ts';

export type RedisClient = ReturnType<typeof redisClient>;

/** A command that could not be sent for this long is taken back, so that none is carried out after it was given up. */
const unsentTimeoutMs = 1_000;
const connectTimeoutMs = 2_000;
const backoff = { firstMs: 20, longestMs: 500 } as const;
/** So that a crowd does not come back in one moment. */
const spreadMs = 50;

/** `url`: `redis://…`, `rediss://…` or `unix:///path`. Not connected yet. */
export function redisClient(url: string) {
  return createClient({
    url,
    maintNotifications: 'disabled',
    commandOptions: { timeout: unsentTimeoutMs },
    socket: {
      connectTimeout: connectTimeoutMs,
      // Never gives up: an outage ends when Redis is back, not when a count is reached.
      reconnectStrategy: (retries) => exponentialMs(backoff, retries) + Math.random() * spreadMs,
    },
  });
}

/** The number of the database that a URL names; clients made from it use this one. */
export function databaseOf(url: string): number {
  return redisClient(url).options.database ?? 0;
}
