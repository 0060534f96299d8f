/**
 * A thread of a node, with its own connection to Redis. While the node's event loop stands still it renews the node's
 * lease, so that the others take no calls from a node that was merely busy; not for longer than a bound, and not an entry
 * that the others have removed. A process that is stopped or dead has no such thread either.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { databaseOf } from '../adapters/redis/client.ts';
import { RedisConnection } from '../adapters/redis/connection.ts';
import { redisKeys } from '../adapters/redis/keys.ts';
import { openRedis } from '../adapters/redis/openRedis.ts';
import { RedisNodeDirectory } from '../adapters/redis/redisNodeDirectory.ts';
import { storedNodeStatus } from '../adapters/redis/stored.ts';
import { isStoodInFor, looksPerLease } from '../call/heartbeats.ts';
import type { NodeStatus } from '../call/placement.ts';
import type { NodeDirectory } from '../ports/nodeDirectory.ts';
import { LoopMarks } from './loopMarks.ts';

const given = z.object({
  redisUrl: z.string(),
  redisPrefix: z.string(),
  leaseMs: z.number().positive(),
  marks: z.instanceof(SharedArrayBuffer),
});
const connectAgainMs = 1_000;
/** Others place no call on a node that cannot answer. */
const fullLoad = 1;

async function directory({ redisUrl, redisPrefix }: z.output<typeof given>): Promise<NodeDirectory> {
  const redis = await openRedis({ url: redisUrl, key: redisKeys(redisPrefix).users });
  for (;;) {
    try {
      const connection = await RedisConnection.create({ url: redis.url });
      return new RedisNodeDirectory({ connection, keys: redisKeys(redisPrefix, databaseOf(redis.url)) });
    } catch {
      // The node's own connection tells what is wrong with Redis.
      await delay(connectAgainMs);
    }
  }
}

async function keepLease(): Promise<void> {
  const work = given.parse(workerData);
  const { leaseMs } = work;
  const marks = new LoopMarks(work.marks);
  let status: NodeStatus | undefined;
  parentPort?.on('message', (message: unknown) => {
    status = storedNodeStatus.parse(message);
  });
  const nodes = await directory(work);
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
      // As long as Redis is away nobody sees this node, and nobody takes its calls for that.
    } finally {
      isRenewing = false;
    }
  };
  setInterval(() => void look(), leaseMs / looksPerLease);
}

await keepLease();
