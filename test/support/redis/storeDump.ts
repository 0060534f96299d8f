/** A store as a file: every key with its type, value and time to live. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { RedisClient } from '../../../src/adapters/redis/connection/client.ts';

const texts = z.array(z.string());
const fields = z.record(z.string(), z.string());
const ttlMs = z.number();
const storedKey = z.discriminatedUnion('type', [
  z.object({ type: z.literal('string'), ttlMs, value: z.string() }),
  z.object({ type: z.literal('hash'), ttlMs, value: fields }),
  z.object({ type: z.literal('set'), ttlMs, value: texts }),
  z.object({ type: z.literal('zset'), ttlMs, value: z.array(z.object({ value: z.string(), score: z.number() })) }),
  z.object({ type: z.literal('list'), ttlMs, value: texts }),
  z.object({
    type: z.literal('stream'),
    ttlMs,
    value: z.object({ entries: z.array(z.object({ id: z.string(), message: fields })), groups: texts }),
  }),
]);
type StoredKey = z.infer<typeof storedKey>;
export type StoreDump = Readonly<Record<string, StoredKey>>;

export function readStoreDump(file: string): StoreDump {
  return z.record(z.string(), storedKey).parse(JSON.parse(readFileSync(file, 'utf8')));
}

export async function loadStore(client: RedisClient, dump: StoreDump): Promise<void> {
  await Promise.all(
    Object.entries(dump).map(async ([key, stored]) => {
      await write(client, key, stored);
      if (stored.ttlMs > 0) await client.pExpire(key, stored.ttlMs);
    }),
  );
}

async function write(client: RedisClient, key: string, stored: StoredKey): Promise<void> {
  switch (stored.type) {
    case 'string':
      await client.set(key, stored.value);
      return;
    case 'hash':
      await client.hSet(key, stored.value);
      return;
    case 'set':
      await client.sAdd(key, stored.value);
      return;
    case 'zset':
      await client.zAdd(key, stored.value);
      return;
    case 'list':
      await client.rPush(key, stored.value);
      return;
    case 'stream':
      for (const { id, message } of stored.value.entries) await client.xAdd(key, id, message);
      for (const group of stored.value.groups) await client.xGroupCreate(key, group, '0', { MKSTREAM: true });
  }
}

/** Every key with its value, in an order of its own; without times to live, which pass. */
export async function dumpStore(client: RedisClient): Promise<Readonly<Record<string, unknown>>> {
  const keys = (await client.keys('*')).sort();
  const values = await Promise.all(keys.map((key) => valueOf(client, key)));
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

async function valueOf(client: RedisClient, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'string':
      return client.get(key);
    case 'hash':
      return { ...(await client.hGetAll(key)) };
    case 'set':
      return (await client.sMembers(key)).sort();
    case 'zset':
      return client.zRangeWithScores(key, 0, -1);
    case 'list':
      return client.lRange(key, 0, -1);
    default:
      return client.xRange(key, '-', '+');
  }
}
