/** The store as it stands, read by the names of its keys and not by the code that is judged. */
import * as z from 'zod';
import type { RedisClient } from '../../../src/adapters/redis/connection/client.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import type { StoredCall, Truth } from '../judge/evidence.ts';
import { redisPrefix } from './store.ts';
import type { Store } from './store.ts';

const storedCall = z.object({
  id: z.string(),
  phase: z.enum(['ringing', 'active', 'ended']),
  nodeId: z.string(),
  lastEvent: z.number(),
  participants: z.array(z.object({ userId: z.string(), state: z.string(), presence: z.string().exactOptional() })),
});
const storedEvent = z.object({ seq: z.number(), type: z.string(), userId: z.string().optional() });

const keys = redisKeys(redisPrefix);
const together = 100;
const callIdIn = /:(call_[^:]+):state$/;
/** One hash of all nodes, by id. */
const directory = /(:nodes:status)$/;
const indexOf = /:node:(node_[^:]+):calls$/;

export const readTruth = (store: Store): Promise<Truth> => store.read(read);

async function read(client: RedisClient): Promise<Truth> {
  const names: string[] = [];
  for await (const page of client.scanIterator({ MATCH: `{${redisPrefix}}:*`, COUNT: 1000 })) names.push(...page);
  const found = (pattern: RegExp) =>
    names.flatMap((name) => {
      const [, id] = pattern.exec(name) ?? [];
      return id === undefined ? [] : [{ name, id }];
    });
  const calls: (StoredCall | undefined)[] = [];
  const named = found(callIdIn);
  // Not thousands at once: a busy store would answer the last of them too late.
  for (let at = 0; at < named.length; at += together) {
    calls.push(...(await Promise.all(named.slice(at, at + together).map(({ name }) => readCall(client, name)))));
  }
  const byNode = found(indexOf).map(async ({ name, id }) => [id, await client.sMembers(name)] as const);
  return {
    calls: calls.filter((call) => call !== undefined),
    alive: (await Promise.all(found(directory).map(({ name }) => client.hKeys(name)))).flat(),
    byNode: new Map(await Promise.all(byNode)),
    ringing: await client.sMembers(keys.callsIn('ringing')),
    active: await client.sMembers(keys.callsIn('active')),
  };
}

/** Undefined when it has gone since its key was found. */
async function readCall(client: RedisClient, name: string): Promise<StoredCall | undefined> {
  const [state, events] = await Promise.all([
    client.hGet(name, 'state'),
    client.lRange(name.replace(/:state$/, ':events'), 0, -1),
  ]);
  if (state === null) return undefined;
  return {
    ...storedCall.parse(JSON.parse(state)),
    events: events.map((event) => storedEvent.parse(JSON.parse(event))),
  };
}
