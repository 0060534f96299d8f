/**
 * What a webhook receiver that never answers does to another, and what a message costs.
 *
 *   npm run measure:webhooks -- [--calls 320] [--seconds 30]
 *
 * Runs the lifecycle workers as a process of their own over a private Redis, twice: with one endpoint that answers at
 * once, and with a second beside it that takes connections and never answers. Each time that many calls of four facts are
 * saved at once, and then two calls a second. Lateness is the time from the moment at which a fact was saved until the
 * receiver has it. Redis commands and processor time of a message are those of the calls with one endpoint, less those of
 * as many calls without. The last line is one JSON object.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RedisConnection } from '../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../src/adapters/redis/call/redisCallStore.ts';
import { randomIds } from '../../src/adapters/system/randomIds.ts';
import type { Call } from '../../src/domain/call/call.ts';
import type { CallCommand } from '../../src/domain/call/commands.ts';
import { decide } from '../../src/domain/call/decide.ts';
import { commandCounts, sumOf } from '../support/redis/commandCounts.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { cpuMs } from '../support/processes/cpuTime.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '320' }, seconds: { type: 'string', default: '30' } },
});
const callsAtOnce = Number(values.calls);
const steadySeconds = Number(values.seconds);
const callsPerSecond = 2;
const idleMs = 5_000;
const nodeId = randomIds.nodeId();
const limits = { ringTimeoutMs: 600_000, reconnectGraceMs: 600_000, emptyTimeoutMs: 600_000, longestCallMs: 900_000 };

/** When each fact was saved, and when the receiver had it, by message id. */
class Lateness {
  readonly saved = new Map<string, number>();
  readonly come = new Map<string, number>();

  get missing(): number {
    return [...this.saved.keys()].filter((id) => !this.come.has(id)).length;
  }

  of(ids: readonly string[]): { p50: number; p99: number; most: number } {
    const all = ids
      .map((id) => (this.come.get(id) ?? Infinity) - (this.saved.get(id) ?? 0))
      .sort((one, other) => one - other);
    const at = (share: number) => Math.round(all[Math.max(0, Math.ceil(all.length * share) - 1)] ?? 0);
    return { p50: at(0.5), p99: at(0.99), most: at(1) };
  }
}

/** Rings, is answered, and ends. Answers the ids of its messages. */
async function wholeCall(store: RedisCallStore, lateness: Lateness): Promise<readonly string[]> {
  const callId = randomIds.callId();
  const caller = `caller-${callId.slice(5, 17)}`;
  const callee = `callee-${callId.slice(5, 17)}`;
  const commands: readonly CallCommand[] = [
    {
      name: 'create',
      callId,
      nodeId,
      media: 'audio',
      caller,
      callerDevice: 'a-device',
      callees: [callee],
      limits: { ...limits, mostParticipants: 2 },
    },
    { name: 'answer', userId: callee, deviceId: 'b-device' },
    { name: 'leave', userId: callee },
  ];
  let call: Call | undefined;
  const ids: string[] = [];
  for (const command of commands) {
    const decision = decide(call, command, Date.now());
    if (decision.outcome !== 'changed') throw new Error(`not decided: ${JSON.stringify(decision)}`);
    const told = decision.events.map(({ seq }) => `${callId}_${seq}`);
    const now = performance.now();
    for (const id of told) lateness.saved.set(id, now);
    if ((await store.save(decision)) !== 'saved') throw new Error('the call was not saved');
    call = decision.call;
    ids.push(...told);
  }
  return ids;
}

/** As many as one connection to Redis carries at a time. */
const savedAtOnce = 16;

async function manyCalls(store: RedisCallStore, lateness: Lateness): Promise<readonly string[]> {
  const ids: string[] = [];
  let left = callsAtOnce;
  const each = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      ids.push(...(await wholeCall(store, lateness)));
    }
  };
  await Promise.all(Array.from({ length: savedAtOnce }, each));
  return ids;
}

function portOf(server: Server | ReturnType<typeof createHttpServer>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function receivers(lateness: Lateness) {
  const healthy = createHttpServer((request, response) => {
    const id = String(request.headers['webhook-id']);
    if (!lateness.come.has(id)) lateness.come.set(id, performance.now());
    request.resume();
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  let attempts = 0;
  const silent = createServer((socket) => {
    attempts += 1;
    socket.on('error', () => socket.destroy());
    socket.resume();
  }).listen(0, '127.0.0.1');
  await Promise.all([once(healthy, 'listening'), once(silent, 'listening')]);
  return {
    urls: [healthy, silent].map((server) => `http://127.0.0.1:${portOf(server)}/`),
    attempts: () => attempts,
    close: () => {
      healthy.close();
      healthy.closeAllConnections();
      silent.close();
    },
  };
}

/** Of all commands that Redis carries out, also inside scripts. */
async function commandsOf(connection: RedisConnection): Promise<number> {
  return sumOf(await connection.run((client) => commandCounts(client)));
}

async function run(withSilent: boolean) {
  const redis = await TestRedis.start();
  const redisPrefix = 'webhooks';
  const connection = await RedisConnection.create({ url: redis.url });
  const keys = redisKeys(redisPrefix);
  const store = new RedisCallStore({ connection, keys, endedCallTtlMs: 600_000 });
  const lateness = new Lateness();
  const receiving = await receivers(lateness);
  const workers = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    bundle: 'dist/workers.js',
    environment: { VEILCAST_LOG_LEVEL: 'warn' },
  });
  /** What something costs, beyond what the process does anyway. */
  const cost = async (work: () => Promise<void>) => {
    const [from, began, cpuBefore] = [await commandsOf(connection), performance.now(), cpuMs(workers.pid)];
    await work();
    const took = performance.now() - began;
    return { commands: (await commandsOf(connection)) - from - idlePerMs * took, cpu: cpuMs(workers.pid) - cpuBefore };
  };
  let idlePerMs = 0;
  try {
    const before = await commandsOf(connection);
    await delay(idleMs);
    idlePerMs = ((await commandsOf(connection)) - before) / idleMs;
    const bare = await cost(async () => {
      await manyCalls(store, new Lateness());
      await waitFor('an empty outbox', async () => (await connection.run((client) => client.xLen(keys.outbox))) === 0, {
        withinMs: 120_000,
      });
    });
    for (const url of withSilent ? receiving.urls : receiving.urls.slice(0, 1)) {
      const endpoint = { id: randomIds.webhookEndpointId(), url, createdAt: 0, secrets: [{ secret: 'whsec_AAAA' }] };
      await connection.run((client) => client.hSet(keys.webhookEndpoints, endpoint.id, JSON.stringify(endpoint)));
    }
    const burst: string[] = [];
    const full = await cost(async () => {
      burst.push(...(await manyCalls(store, lateness)));
      await waitFor('the burst', () => lateness.missing === 0, { withinMs: 300_000 });
    });

    const steady: string[] = [];
    for (let call = 0; call < steadySeconds * callsPerSecond; call += 1) {
      const [ids] = await Promise.all([wholeCall(store, lateness), delay(1000 / callsPerSecond)]);
      steady.push(...ids);
    }
    await waitFor('the last', () => lateness.missing === 0, { withinMs: 300_000 });
    const owed = withSilent ? burst.length + steady.length : 0;
    return {
      burst: lateness.of(burst),
      steady: lateness.of(steady),
      messages: burst.length + steady.length,
      owedToSilent: owed,
      attemptsAtSilent: receiving.attempts(),
      commandsPerMessage: Math.round((full.commands - bare.commands) / burst.length),
      cpuMsPerMessage: Math.round(((full.cpu - bare.cpu) / burst.length) * 10) / 10,
      keysLeft: (await redis.keys()).filter((key) => /:webhook:.*:call_/.test(key)).length,
    };
  } finally {
    await workers.stop();
    receiving.close();
    await connection.close();
    await redis.stop();
  }
}

const alone = await run(false);
console.error(`alone: ${JSON.stringify(alone)}`);
const beside = await run(true);
console.error(`beside one that never answers: ${JSON.stringify(beside)}`);
const ratio = (of: 'burst' | 'steady') => Math.round((beside[of].p99 / Math.max(1, alone[of].p99)) * 10) / 10;
const { commandsPerMessage, cpuMsPerMessage, keysLeft } = alone;
console.log(
  JSON.stringify({
    calls: callsAtOnce,
    messages: alone.messages,
    owedToSilent: beside.owedToSilent,
    commandsPerMessage,
    cpuMsPerMessage,
    keysLeft,
    alone: { burstMs: alone.burst, steadyMs: alone.steady },
    beside: { burstMs: beside.burst, steadyMs: beside.steady, attemptsAtSilent: beside.attemptsAtSilent },
    ratioOfP99: { burst: ratio('burst'), steady: ratio('steady') },
  }),
);
// What remains is held by sockets that nobody answers.
process.exit(0);
