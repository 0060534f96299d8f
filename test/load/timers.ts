/**
 * How late timers fire while their worker is killed again and again.
 *
 *   npm run measure:timers -- [--pending 1000] [--kills 10] [--processes 1]
 *
 * Makes that many ringing calls on a private Redis, whose ring timeouts fall due evenly over 40 s. The lifecycle workers
 * run in processes of their own, of which one at a time is ended with SIGKILL and started again. A timer has fired when
 * its call has ended; that is read from the call's events. Lateness is the time from when it was due until then, as far
 * as a worker was up: from when one says that it serves until it is killed. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RedisConnection } from '../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../src/adapters/redis/call/redisCallStore.ts';
import { randomIds } from '../../src/adapters/system/randomIds.ts';
import { decide } from '../../src/domain/call/decide.ts';
import type { CallId } from '../../src/domain/kernel/ids.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

const { values } = parseArgs({
  options: {
    pending: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '10' },
    processes: { type: 'string', default: '1' },
  },
});
const pending = Number(values.pending);
const kills = Number(values.kills);
const processes = Number(values.processes);

const redisPrefix = 'timers';
const spreadMs = 40_000;
/** Until then all calls are made and the first workers are up. */
const headStartMs = 10_000;
const settleWithinMs = 60_000;

interface Pending {
  readonly callId: CallId;
  readonly dueAt: number;
}
interface Span {
  readonly from: number;
  to: number;
}

async function makeCall(store: RedisCallStore, dueAt: number): Promise<Pending> {
  const now = Date.now();
  const callId = randomIds.callId();
  const caller = `caller-${callId.slice(5, 17)}`;
  const times = {
    ringTimeoutMs: dueAt - now,
    reconnectGraceMs: 600_000,
    emptyTimeoutMs: 600_000,
    longestCallMs: 900_000,
  };
  const decision = decide(
    undefined,
    {
      name: 'create',
      callId,
      nodeId,
      media: 'audio',
      caller,
      callerDevice: 'a-device',
      callees: ['callee'],
      limits: { ...times, mostParticipants: 2 },
    },
    now,
  );
  if (decision.outcome !== 'changed') throw new Error(`a call was not made: ${JSON.stringify(decision)}`);
  await store.save(decision);
  return { callId, dueAt };
}

/** When the process said that it serves. */
async function servesSince(server: ServerProcess): Promise<number> {
  const time = await waitFor('the workers to say that they serve', () => {
    const line = server
      .logs()
      .split('\n')
      .find((one) => one.includes('the lifecycle workers serve'));
    return /"time":"([^"]+)"/.exec(line ?? '')?.[1];
  });
  return Date.parse(time);
}

/** Runs one process, and kills it as often as told, with even pauses; then leaves the last one up. */
async function keepKilling(redisUrl: string, times: number, spans: Span[]): Promise<ServerProcess> {
  const begun = Date.now();
  for (let kill = 1; ; kill += 1) {
    const running = await startServerProcess({
      redisUrl,
      redisPrefix,
      bundle: 'dist/workers.js',
      environment: { VEILCAST_LOG_LEVEL: 'info' },
    });
    const span = { from: await servesSince(running), to: Number.POSITIVE_INFINITY };
    spans.push(span);
    if (kill > times) return running;
    const killAt = begun + headStartMs + (kill * spreadMs) / (times + 1);
    await delay(Math.max(0, killAt - Date.now()));
    span.to = Date.now();
    await running.kill();
    console.error(`kill ${kill} of ${times}`);
  }
}

/** Of the time between the two, how much some worker was up. */
function upBetween(spans: readonly Span[], from: number, to: number): number {
  const edges = [...new Set([from, to, ...spans.flatMap((span) => [span.from, span.to])])]
    .filter((edge) => edge >= from && edge <= to)
    .sort((one, other) => one - other);
  return edges.slice(1).reduce((sum, edge, index) => {
    const start = edges[index] ?? edge;
    const isUp = spans.some((span) => span.from <= start && span.to >= edge);
    return sum + (isUp ? edge - start : 0);
  }, 0);
}

const nodeId = randomIds.nodeId();
const redis = await TestRedis.start();
const connection = await RedisConnection.create({ url: redis.url });
const keys = redisKeys(redisPrefix);
const store = new RedisCallStore({ connection, keys, endedCallTtlMs: 600_000 });
const running: ServerProcess[] = [];
try {
  const spans: Span[] = [];
  const firstDueAt = Date.now() + headStartMs;
  const dues = Array.from({ length: pending }, (_, index) => firstDueAt + Math.round((index * spreadMs) / pending));
  const making = Promise.all(dues.map((dueAt) => makeCall(store, dueAt)));
  const each = Array.from({ length: processes }, (_, index) =>
    keepKilling(redis.url, Math.floor(kills / processes) + (index < kills % processes ? 1 : 0), spans),
  );
  const made = await making;
  running.push(...(await Promise.all(each)));
  const until = firstDueAt + spreadMs + settleWithinMs;
  while ((await store.countByPhase()).ringing > 0 && Date.now() < until) await delay(50);

  const events = await Promise.all(made.map(({ callId }) => store.eventsAfter(callId, 0)));
  const ends = events.map((one) => one.filter(({ type }) => type === 'call.ended'));
  const fired = ends.filter((one) => one.length > 0).length;
  const duplicates = events.filter((one) => one.filter(({ type }) => type === 'call.missed').length > 1).length;
  const latenesses = made
    .flatMap(({ dueAt }, index) => {
      const [end] = ends[index] ?? [];
      return end === undefined ? [] : [upBetween(spans, dueAt, end.at)];
    })
    .sort((one, other) => one - other);
  const early = made.filter(({ dueAt }, index) => (ends[index]?.[0]?.at ?? dueAt) < dueAt).length;
  const at = (share: number) => latenesses[Math.max(0, Math.ceil(latenesses.length * share) - 1)];
  console.error(`slowest: ${latenesses.slice(-15).join(', ')} ms; early: ${early}`);
  console.log(JSON.stringify({ pending, kills, fired, duplicates, latenessMs: { p50: at(0.5), p99: at(0.99) } }));
  process.exitCode = fired === pending && duplicates === 0 && early === 0 ? 0 : 1;
} finally {
  await Promise.all(running.map((one) => one.stop()));
  await connection.close();
  await redis.stop();
}
