/**
 * How a failover of Redis looks to a client: over our own door to the master, and over the driver's own clients for
 * Sentinel and Cluster.
 *
 *   npm run measure:failover -- [--kinds sentinel,cluster] [--ways door,library] [--faults killed,handed] [--runs 3]
 *
 * In each run one client appends a number to a list every 5 ms without waiting for the one before, and another hears what
 * is published every 20 ms. After two seconds the master is killed (`killed`), or hands over as an operator asks it to
 * (`handed`). `silence` is the longest time between two acknowledged numbers, `messageGap` between two messages; `lost`
 * numbers were acknowledged and are not in the list, `twice` are in it more than once, `late` were carried out although
 * they had been given up, which the caller was told 1.5 s after asking; `uncaught` errors would have ended the process. Of a
 * master that is killed, what it
 * had not yet replicated is lost over any client. `queue` tells whether BullMQ ran a job over this way at all, before
 * anything failed. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Queue, Worker, createNodeRedisClient } from 'bullmq';
import { createCluster, createSentinel } from 'redis';
import { redisClient } from '../../src/adapters/redis/connection/client.ts';
import { openRedis } from '../../src/adapters/redis/connection/openRedis.ts';
import { redisAddress } from '../../src/adapters/redis/connection/redisAddress.ts';
import { withRedisTimeout } from '../../src/adapters/redis/connection/redisTimeout.ts';
import { randomPrefix } from '../support/redis/redis.ts';
import { startRedisOf } from '../support/redis/redisKinds.ts';
import type { RunningRedis } from '../support/redis/redisKinds.ts';
import { waitFor } from '../support/waitFor.ts';

const { values } = parseArgs({
  options: {
    kinds: { type: 'string', default: 'sentinel,cluster' },
    ways: { type: 'string', default: 'door,library' },
    faults: { type: 'string', default: 'killed,handed' },
    runs: { type: 'string', default: '3' },
  },
});

const numberEveryMs = 5;
const messageEveryMs = 20;
const calmMs = 2_000;
const watchedMs = 10_000;
/** As every command of the product. */
const answerWithinMs = 1_500;
const queueWithinMs = 5_000;

/** Errors that no listener and no caller could catch: without this they end the process. */
let uncaught = 0;
process.on('uncaughtException', (error) => {
  uncaught += 1;
  console.error(`uncaught: ${error.message}`);
});

/** A way to the master, with the little that is measured here. */
interface Way {
  append(list: string, item: string): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  listen(channel: string, onMessage: () => void): Promise<unknown>;
  /** What BullMQ makes its own client from. */
  makeClient(): { destroy(): unknown };
  close(): Promise<unknown>;
}
type OpenWay = (url: string, prefix: string) => Promise<Way>;

/** The settings of `redisClient`, where these clients take them. */
const nodeOptions = {
  maintNotifications: 'disabled',
  commandOptions: { timeout: 1_000 },
  socket: {
    connectTimeout: 2_000,
    reconnectStrategy: (retries: number) => Math.min(20 * 2 ** Math.min(retries, 6), 500),
  },
} as const;

const door: OpenWay = async (url, prefix) => {
  const opened = await openRedis({ url, key: `{${prefix}}:any` });
  const make = () => redisClient(opened.url).on('error', () => undefined);
  const [commands, hears] = await Promise.all([make().connect(), make().connect()]);
  return {
    append: (list, item) => commands.rPush(list, item),
    publish: (channel, message) => commands.publish(channel, message),
    listen: (channel, onMessage) => hears.subscribe(channel, onMessage),
    makeClient: make,
    close: async () => {
      commands.destroy();
      hears.destroy();
      await opened.close();
    },
  };
};

const library: OpenWay = async (url) => {
  const address = redisAddress(url);
  if (address.kind === 'one') throw new Error('one Redis has no failover');
  if (address.kind === 'sentinel') {
    const make = () =>
      createSentinel({
        name: address.master,
        sentinelRootNodes: [...address.hosts],
        nodeClientOptions: nodeOptions,
        commandOptions: nodeOptions.commandOptions,
      }).on('error', () => undefined);
    const client = make();
    await client.connect();
    return {
      append: (list, item) => client.rPush(list, item),
      publish: (channel, message) => client.publish(channel, message),
      listen: (channel, onMessage) => client.subscribe(channel, onMessage),
      makeClient: make,
      close: () => client.destroy(),
    };
  }
  const make = () =>
    createCluster({ rootNodes: address.hosts.map((socket) => ({ socket })), defaults: nodeOptions }).on(
      'error',
      () => undefined,
    );
  const client = make();
  await client.connect();
  return {
    append: (list, item) => client.rPush(list, item),
    publish: (channel, message) => client.publish(channel, message),
    listen: (channel, onMessage) => client.subscribe(channel, onMessage),
    makeClient: make,
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
};

const waysByName: Readonly<Record<string, OpenWay>> = { door, library };

/** `ok`, or why BullMQ did not run one job over this way. */
async function queueWorks(way: Way, prefix: string): Promise<string> {
  const raw: { destroy(): unknown }[] = [];
  const connection = () => {
    const made = way.makeClient();
    raw.push(made);
    const wrapped = createNodeRedisClient(made);
    wrapped.on('error', () => undefined);
    return wrapped;
  };
  const queuePrefix = `{${prefix}}:jobs`;
  try {
    const queue = new Queue('tried', { connection: connection(), prefix: queuePrefix });
    queue.on('error', () => undefined);
    let worker: Worker | undefined;
    const ran = new Promise<void>((resolve, reject) => {
      const work = () => {
        resolve();
        return Promise.resolve();
      };
      worker = new Worker('tried', work, { connection: connection(), prefix: queuePrefix });
      worker.on('error', reject);
    });
    ran.catch(() => undefined);
    await withRedisTimeout(queueWithinMs, Promise.all([queue.add('job', {}, { delay: 200 }), ran]));
    void worker?.close(true).catch(() => undefined);
    return 'ok';
  } catch (error) {
    return `no: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    for (const one of raw) void Promise.resolve(one.destroy()).catch(() => undefined);
  }
}

/** Longest time between two of these moments. */
function longestGap(moments: readonly number[]): number {
  return Math.round(moments.slice(1).reduce((most, at, index) => Math.max(most, at - (moments[index] ?? at)), 0));
}

async function watched(redis: RunningRedis, fault: string, open: OpenWay) {
  const prefix = randomPrefix();
  const [list, channel] = [`{${prefix}}:list`, `{${prefix}}:channel`];
  const way = await open(redis.url, prefix);
  const [acknowledged, heard] = [new Map<string, number>(), Array.of<number>()];
  await way.listen(channel, () => heard.push(performance.now()));
  uncaught = 0;
  let refused = 0;
  let count = 0;
  const pending = new Set<Promise<void>>();
  const numbers = setInterval(() => {
    count += 1;
    const item = String(count);
    const sent = withRedisTimeout(answerWithinMs, way.append(list, item)).then(
      () => void acknowledged.set(item, performance.now()),
      () => void (refused += 1),
    );
    pending.add(sent);
    void sent.finally(() => pending.delete(sent));
  }, numberEveryMs);
  const messages = setInterval(() => {
    withRedisTimeout(answerWithinMs, way.publish(channel, '')).catch(() => undefined);
  }, messageEveryMs);
  await delay(calmMs);
  const master = await redis.masterOf(prefix);
  if (fault === 'killed') await master.kill();
  else await redis.handOver(prefix);
  await delay(watchedMs);
  clearInterval(numbers);
  clearInterval(messages);
  await Promise.all(pending);
  // Something that was given up may still be carried out.
  await delay(answerWithinMs);
  await way.close();
  if (fault === 'killed') await master.restart();
  await waitFor(
    'the old master to follow',
    async () => {
      const info = await master.asked((client) => client.info('replication'));
      return info.includes('master_link_status:up') || info.includes('connected_slaves:1');
    },
    { withinMs: 60_000 },
  );
  const kept = await (await redis.masterOf(prefix)).asked((client) => client.lRange(list, 0, -1));
  const there = new Set(kept);
  return {
    silenceMs: longestGap([...acknowledged.values()].sort((one, other) => one - other)),
    messageGapMs: longestGap(heard),
    refused,
    uncaught,
    late: [...there].filter((item) => !acknowledged.has(item)).length,
    lost: [...acknowledged.keys()].filter((item) => !there.has(item)).length,
    twice: kept.length - there.size,
  };
}

const results = [];
for (const kind of values.kinds.split(',')) {
  if (kind !== 'sentinel' && kind !== 'cluster') throw new Error(`there is no failover of ${kind}`);
  const redis = await startRedisOf(kind);
  try {
    for (const name of values.ways.split(',')) {
      const open = waysByName[name];
      if (open === undefined) throw new Error(`there is no way ${name}`);
      const prefix = randomPrefix();
      const way = await open(redis.url, prefix);
      const queue = await queueWorks(way, prefix);
      await way.close();
      console.error(`${kind}, ${name}: BullMQ ${queue}`);
      for (const fault of values.faults.split(',')) {
        const runs = [];
        for (let run = 1; run <= Number(values.runs); run += 1) {
          const figures = await watched(redis, fault, open);
          runs.push(figures);
          console.error(`${kind}, ${name}, ${fault}, run ${run}: ${JSON.stringify(figures)}`);
        }
        results.push({ kind, way: name, fault, queue, runs });
      }
    }
  } finally {
    await redis.stop();
  }
}
console.log(JSON.stringify(results));
process.exit(0);
