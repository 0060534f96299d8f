/**
 * What a call of two costs: Redis commands, waits for Redis one after another, and processor time.
 *
 *   npm run measure:call-cost -- [--calls 20] [--rounds 3] [--checkouts .,/path/to/another]
 *
 * A call: the caller asks for it, both devices join with real media while it rings, the callee answers, the first packets
 * come both ways, the caller leaves. Commands and processor time are those of many such calls, less what the idle server
 * takes in the same time. For the waits, the server reaches its Redis over a line that holds every byte: the time of a
 * step there, less its time without the line, in round trips of the line. Each checkout, built and with its packages, has
 * its turn in each round; the figures are medians of the rounds. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { commandCounts, sumOf } from '../support/redis/commandCounts.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { openSlowLine } from '../support/networks/slowLine.ts';
import { Person, request } from '../support/participant/person.ts';
import { cleanUpParticipants } from '../support/participant.ts';
import { childrenOf, cpuMs } from '../support/processes/cpuTime.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { WebhookReceiver } from '../support/webhookReceiver.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    checkouts: { type: 'string', default: '.' },
  },
});
const calls = Number(values.calls);
const rounds = Number(values.rounds);
const checkouts = values.checkouts.split(',');

const pairs = 4;
const idleMs = 5_000;
/** Before it is counted: code is compiled, caches are filled. */
const warmUpCalls = 6;
/** Long beside everything else in a step, short beside the time in which Redis must answer. */
const oneWayMs = 50;
const slowCalls = 5;
/** What is left to do after the last call, such as its record. */
const settleMs = 1_000;

interface Pair {
  readonly caller: Person;
  readonly callee: Person;
}

/** Milliseconds of each step of one call. */
interface Steps {
  readonly create: number;
  readonly ring: number;
  readonly join: number;
  readonly answer: number;
  readonly answerToRtp: number;
}

const incoming = z.object({ call: z.object({ id: z.string() }), ticket: z.string() });

/** Resolves with when it came and its ticket, as soon as the callee's device is rung. */
function rung({ socket }: Person): Promise<{ readonly at: number; readonly ticket: string }> {
  const before = socket.onNotification;
  return new Promise((resolve) => {
    socket.onNotification = (heard) => {
      before?.(heard);
      if (heard.method !== 'call.incoming') return;
      socket.onNotification = before;
      resolve({ at: performance.now(), ticket: incoming.parse(heard.params).ticket });
    };
  });
}

/** The payload types of RTCP with the marker bit taken off (RFC 5761). */
const isRtcp = (packet: Buffer): boolean => {
  const type = (packet[1] ?? 0) & 0x7f;
  return type >= 64 && type < 96;
};

/** Resolves with when the first packet of media came. */
function firstRtp(person: Person): Promise<number> {
  return new Promise((resolve) => {
    person.observe = (packet) => {
      if (!isRtcp(packet)) resolve(performance.now());
    };
  });
}

async function wholeCall({ caller, callee }: Pair): Promise<Steps> {
  const media = Promise.all([caller, callee].map(firstRtp));
  const ringing = rung(callee);
  const began = performance.now();
  const { call, ticket } = await caller.call([callee.name]);
  const created = performance.now();
  const ring = await ringing;
  const joining = performance.now();
  await caller.join(ticket);
  const joined = performance.now();
  await callee.join(ring.ticket);
  const answering = performance.now();
  await callee.act(call.id, 'answer');
  const answered = performance.now();
  const heard = Math.max(...(await media));
  await caller.act(call.id, 'leave');
  for (const person of [caller, callee]) {
    person.participant?.close();
    person.participant = undefined;
  }
  return {
    create: created - began,
    ring: ring.at - began,
    join: joined - joining,
    answer: answered - answering,
    answerToRtp: heard - answering,
  };
}

async function cancelledCall({ caller, callee }: Pair): Promise<void> {
  const { call } = await caller.call([callee.name]);
  await caller.act(call.id, 'cancel');
}

async function many<T>(count: number, all: readonly Pair[], make: (pair: Pair) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = [];
  for (let done = 0; done < count; done += 1) {
    const pair = all[done % all.length];
    if (pair !== undefined) made.push(await make(pair));
  }
  return made;
}

async function pairsOn(server: ServerProcess): Promise<readonly Pair[]> {
  const made: Pair[] = [];
  for (let one = 0; one < pairs; one += 1) {
    const [caller, callee] = [
      await Person.create(server, `caller-${one}`),
      await Person.create(server, `callee-${one}`),
    ];
    made.push({ caller, callee });
  }
  return made;
}

type RedisLook = Awaited<ReturnType<TestRedis['look']>>;

/** Everything that a server and its Redis have taken until now. */
async function taken(server: ServerProcess, redis: RedisLook) {
  const [, redisPid = ''] = /process_id:(\d+)/.exec(await redis.info('server')) ?? [];
  const counts = await commandCounts(redis);
  const workers = childrenOf(server.pid).reduce((sum, pid) => sum + cpuMs(pid), 0);
  return {
    at: performance.now(),
    counts,
    commands: sumOf(counts),
    node: cpuMs(server.pid),
    workers,
    redis: cpuMs(Number(redisPid)),
  };
}
type Taken = Awaited<ReturnType<typeof taken>>;
type Amount = 'commands' | 'node' | 'workers' | 'redis';
type Amounts = Readonly<Record<Amount, number>>;

function perSecond(before: Taken, after: Taken): Amounts {
  const rate = (name: Amount) => ((after[name] - before[name]) / (after.at - before.at)) * 1000;
  return { commands: rate('commands'), node: rate('node'), workers: rate('workers'), redis: rate('redis') };
}

interface Counting {
  readonly server: ServerProcess;
  readonly redis: RedisLook;
  readonly idle: Amounts;
}

/** What each of the calls takes, less what an idle server takes. */
async function costOf({ server, redis, idle }: Counting, work: () => Promise<unknown>) {
  const before = await taken(server, redis);
  await work();
  await delay(settleMs);
  const after = await taken(server, redis);
  const seconds = (after.at - before.at) / 1000;
  const each = (name: Amount) => (after[name] - before[name] - idle[name] * seconds) / calls;
  const kinds = [...after.counts]
    .map(([name, count]) => [name, (count - (before.counts.get(name) ?? 0)) / calls] as const)
    .filter(([, count]) => count >= 0.5)
    .sort(([, one], [, other]) => other - one);
  return {
    commands: each('commands'),
    nodeMs: each('node'),
    workerMs: each('workers'),
    redisMs: each('redis'),
    kinds,
  };
}

async function withServer<T>(
  { checkout, redisUrl }: { readonly checkout: string; readonly redisUrl: string },
  work: (server: ServerProcess, all: readonly Pair[]) => Promise<T>,
): Promise<T> {
  const server = await startServerProcess({
    redisUrl,
    ...(checkout === '.' ? {} : { checkout }),
    environment: {
      VEILCAST_MODE: 'production',
      VEILCAST_LOG_LEVEL: 'warn',
      VEILCAST_MEDIA_WORKERS: '1',
      VEILCAST_WEBHOOK_ALLOW_PRIVATE: 'true',
    },
  });
  try {
    const all = await pairsOn(server);
    const result = await work(server, all);
    await Promise.all(all.flatMap(({ caller, callee }) => [caller.close(), callee.close()]));
    return result;
  } finally {
    await server.stop();
  }
}

/** With a receiver of webhooks that accepts everything. */
async function withEndpoint<T>({ url, apiKey }: ServerProcess, work: () => Promise<T>): Promise<T> {
  const receiver = await WebhookReceiver.start();
  try {
    const body = { url: receiver.url };
    const { status } = await request(`${url}/v1/webhook-endpoints`, { method: 'POST', credential: apiKey, body });
    if (status !== 201) throw new Error(`a webhook endpoint was refused: ${status}`);
    return await work();
  } finally {
    await receiver.stop();
  }
}

async function counted(checkout: string) {
  const store = await TestRedis.start();
  const redis = await store.look();
  try {
    return await withServer({ checkout, redisUrl: store.url }, async (server, all) => {
      await many(warmUpCalls, all, wholeCall);
      await delay(settleMs);
      const before = await taken(server, redis);
      await delay(idleMs);
      const idle = perSecond(before, await taken(server, redis));
      const counting = { server, redis, idle };
      const steps: Steps[] = [];
      const whole = await costOf(counting, async () => steps.push(...(await many(calls, all, wholeCall))));
      const cancelled = await costOf(counting, () => many(calls, all, cancelledCall));
      const told = await withEndpoint(server, async () => ({
        whole: await costOf(counting, () => many(calls, all, wholeCall)),
        cancelled: await costOf(counting, () => many(calls, all, cancelledCall)),
      }));
      return { idle, whole, cancelled, told, steps };
    });
  } finally {
    redis.destroy();
    await store.stop();
  }
}

async function slowSteps(checkout: string): Promise<readonly Steps[]> {
  const store = await TestRedis.start();
  const line = await openSlowLine(store.url, oneWayMs);
  try {
    return await withServer({ checkout, redisUrl: line.url }, (_, all) => many(slowCalls, all, wholeCall));
  } finally {
    line.close();
    await store.stop();
  }
}

const stepNames = ['create', 'ring', 'join', 'answer', 'answerToRtp'] as const;

/** The least of each step: the line is never too early, but a busy machine is late. */
function roundTrips(slow: readonly Steps[], fast: readonly Steps[]) {
  const least = (all: readonly Steps[], name: keyof Steps) => Math.min(...all.map((steps) => steps[name]));
  return Object.fromEntries(
    stepNames.map((name) => [name, (least(slow, name) - least(fast, name)) / (2 * oneWayMs)] as const),
  );
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function median(all: readonly number[]): number {
  const sorted = all.toSorted((one, other) => one - other);
  return rounded(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

type Measured = Awaited<ReturnType<typeof counted>> & { readonly slow: readonly Steps[] };

function summary(all: readonly Measured[]) {
  const of = (read: (one: Measured) => number) => median(all.map(read));
  const cost = (read: (one: Measured) => Awaited<ReturnType<typeof costOf>>) => ({
    commands: of((one) => read(one).commands),
    nodeMs: of((one) => read(one).nodeMs),
    workerMs: of((one) => read(one).workerMs),
    redisMs: of((one) => read(one).redisMs),
  });
  const trips = roundTrips(
    all.flatMap(({ slow }) => slow),
    all.flatMap(({ steps }) => steps),
  );
  return {
    call: cost(({ whole }) => whole),
    callWithEndpoint: cost(({ told }) => told.whole),
    cancelled: cost(({ cancelled }) => cancelled),
    cancelledWithEndpoint: cost(({ told }) => told.cancelled),
    roundTrips: Object.fromEntries(Object.entries(trips).map(([name, count]) => [name, rounded(count)])),
    idle: { commandsPerSecond: of(({ idle }) => idle.commands), nodePercent: of(({ idle }) => idle.node / 10) },
    kinds: Object.fromEntries((all.at(-1)?.whole.kinds ?? []).map(([name, count]) => [name, rounded(count)])),
  };
}

const results = new Map(checkouts.map((checkout): [string, Measured[]] => [checkout, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const checkout of round % 2 === 0 ? checkouts : checkouts.toReversed()) {
    const one = { ...(await counted(checkout)), slow: await slowSteps(checkout) };
    results.get(checkout)?.push(one);
    console.error(`round ${round + 1}, ${checkout}: ${JSON.stringify(summary([one]))}`);
  }
}
cleanUpParticipants();
console.log(
  JSON.stringify({
    calls,
    rounds,
    ...Object.fromEntries([...results].map(([checkout, all]) => [checkout, summary(all)])),
  }),
);
