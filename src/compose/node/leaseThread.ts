/**
 * A thread of a node, with its own connection to Redis. While the node's event loop is blocked, it renews the lease, so
 * that other nodes do not take calls from a node that is only busy; but only for a limited time, and never for an entry
 * that others have removed. If the process is stopped or dead, so is this thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { databaseOf } from '../../adapters/redis/connection/client.ts';
import { RedisConnection } from '../../adapters/redis/connection/connection.ts';
import { redisKeys } from '../../adapters/redis/schema/keys.ts';
import { openRedis } from '../../adapters/redis/connection/openRedis.ts';
import { RedisNodeDirectory } from '../../adapters/redis/cluster/redisNodeDirectory.ts';
import { storedNodeStatus } from '../../adapters/redis/schema/persistedSchemas.ts';
import { isStoodInFor, looksPerLease } from '../../domain/cluster/heartbeats.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';
import { LoopMarks } from '../process/loopMarks.ts';

const given = z.object({
  redisUrl: z.string(),
  sentinelCredentials: z.string(),
  redisPrefix: z.string(),
  leaseMs: z.number().positive(),
  marks: z.instanceof(SharedArrayBuffer),
});
const connectAgainMs = 1_000;
/** Others place no calls on a node that cannot answer. */
const fullLoad = 1;

interface Opened {
  readonly nodes: NodeDirectory;
  close(): Promise<void>;
}

/** Undefined if it must stop first. */
async function opened(work: z.output<typeof given>, stopping: AbortSignal): Promise<Opened | undefined> {
  while (!stopping.aborted) {
    try {
      return await openOnce(work);
    } catch {
      // The node's own connection reports what is wrong with Redis.
      await delay(connectAgainMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return undefined;
}

async function openOnce({ redisUrl, sentinelCredentials, redisPrefix }: z.output<typeof given>): Promise<Opened> {
  const redis = await openRedis({ url: redisUrl, sentinelCredentials, key: redisKeys(redisPrefix).users });
  const connection = await RedisConnection.create({ url: redis.url }).catch(async (error: unknown) => {
    await redis.close();
    throw error;
  });
  return {
    nodes: new RedisNodeDirectory({ connection, keys: redisKeys(redisPrefix, databaseOf(redis.url)) }),
    close: async () => {
      await connection.close();
      await redis.close();
    },
  };
}

async function keepLease(): Promise<void> {
  const work = given.parse(workerData);
  const { leaseMs } = work;
  const marks = new LoopMarks(work.marks);
  let status: NodeStatus | undefined;
  const stopping = new AbortController();
  parentPort?.on('message', (message: unknown) => {
    if (message === 'stop') stopping.abort();
    else status = storedNodeStatus.parse(message);
  });
  const redis = await opened(work, stopping.signal);
  if (redis === undefined) {
    parentPort?.close();
    return;
  }
  const { nodes } = redis;
  let [turns, turnedAt] = [marks.turns, performance.now()];
  let isRenewing = false;
  const look = async (): Promise<void> => {
    const now = performance.now();
    if (marks.turns !== turns) [turns, turnedAt] = [marks.turns, now];
    if (isRenewing || status === undefined || !isStoodInFor(now - turnedAt, leaseMs)) return;
    isRenewing = true;
    try {
      const isKnown = await nodes.renewIfKnown({ ...status, beat: marks.nextBeat(), load: fullLoad });
      if (isKnown) parentPort?.postMessage('renewed');
    } catch {
      // While Redis is away, nobody sees this node, and nobody takes its calls.
    } finally {
      isRenewing = false;
    }
  };
  const looking = setInterval(() => void look(), leaseMs / looksPerLease);
  await new Promise((resolve) => {
    stopping.signal.addEventListener('abort', resolve, { once: true });
    if (stopping.signal.aborted) resolve(undefined);
  });
  clearInterval(looking);
  parentPort?.close();
  await redis.close();
}

await keepLease();
