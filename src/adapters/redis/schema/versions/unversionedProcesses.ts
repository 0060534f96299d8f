/**
 * Programs from before schema versions do not register. They are recognised by regular activity: a node raises its beat
 * in `nodes:status`; lifecycle workers renew a mark of BullMQ (`stalled-check`, which expires after 2 s) and read the
 * outbox, which resets the idle time of their reader.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { RedisConnection } from '../../connection/connection.ts';
import { isReply } from '../../connection/driverErrors.ts';
import type { RedisKeys } from '../keys.ts';
import { parsed } from '../values.ts';

export interface Observation {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly observeMs: number;
}

interface Signs {
  /** The status of each node, as it is stored. */
  readonly statuses: Readonly<Record<string, string>>;
  /** How long each reader has been silent. */
  readonly idleMs: readonly number[];
  readonly areWorkersMarked: boolean;
}

const consumers = z.array(z.looseObject({ idle: z.number() }));
const statusHash = z.record(z.string(), z.string());
/** A reader that read within this share of the observation time is alive. The rest allows for delays of answers. */
const recently = 0.9;
const looks = 10;

/** How many nodes and readers were active during the observation; workers without a reader count as one. */
export async function liveUnversioned({ connection, keys, observeMs }: Observation): Promise<number> {
  const before = await signsIn(connection, keys);
  const nobodyForLong = before.idleMs.every((idle) => idle > observeMs) && !before.areWorkersMarked;
  if (nobodyForLong && Object.keys(before.statuses).length === 0) return 0;
  // Marks from before the observation expire in its first half; the mark has short gaps, so it is read many times.
  await delay(observeMs / 2);
  let areWorkersMarked = false;
  for (let look = 0; look < looks; look += 1) {
    await delay(observeMs / 2 / looks);
    areWorkersMarked ||= await areMarked(connection, keys);
  }
  const after = await signsIn(connection, keys);
  const beating = Object.entries(after.statuses).filter(([nodeId, status]) => before.statuses[nodeId] !== status);
  const reading = after.idleMs.filter((idle) => idle < observeMs * recently);
  return beating.length + Math.max(reading.length, areWorkersMarked ? 1 : 0);
}

async function signsIn(connection: RedisConnection, keys: RedisKeys): Promise<Signs> {
  const statuses = await connection.run((client) => client.hGetAll(keys.nodeStatuses));
  return {
    statuses: parsed(statusHash, { ...statuses }),
    idleMs: await idleTimes(connection, keys),
    areWorkersMarked: await areMarked(connection, keys),
  };
}

async function areMarked(connection: RedisConnection, keys: RedisKeys): Promise<boolean> {
  return (await connection.run((client) => client.exists(keys.workersOfQueues))) > 0;
}

async function idleTimes(connection: RedisConnection, keys: RedisKeys): Promise<readonly number[]> {
  try {
    const found = await connection.run((client) => client.xInfoConsumers(keys.outbox, keys.outboxReaders));
    return parsed(consumers, found).map(({ idle }) => idle);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (isReply(cause, 'NOGROUP') || isReply(cause, 'ERR')) return [];
    throw error;
  }
}
