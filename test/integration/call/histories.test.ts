/**
 * Two hundred random histories on real Redis: several people and devices, delays, repetitions and commands at once, while
 * the lifecycle process is killed again and again. Run with another seed: `HISTORIES_SEED=1 npm test -- histories`.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisNodeDirectory } from '../../../src/adapters/redis/cluster/redisNodeDirectory.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { participantOf } from '../../../src/domain/call/call.ts';
import type { Call } from '../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../src/domain/call/commands.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import type { CallEvent } from '../../../src/domain/call/events.ts';
import type { NodeId } from '../../../src/domain/kernel/ids.ts';
import { runCommand } from '../../../src/commands/call/running/runCommand.ts';
import { webhookWithSecret } from '../../../src/protocol/http/webhooks.ts';
import { newCallId, newNodeId } from '../../contract/call/callStore.contract.ts';
import { request } from '../../support/participant/person.ts';
import { TestRedis, randomTail, tracesOfCalls } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { waitForEqual } from '../../support/waitForEqual.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';

const histories = 200;
const atOnce = 25;
const redisPrefix = 'histories';
/** Long enough to look at every call when all is over. */
const endedCallTtlMs = 120_000;
const seed = Number(process.env['HISTORIES_SEED'] ?? randomInt(2 ** 31));

let redis: TestRedis;
let connection: RedisConnection;
let store: RedisCallStore;
let server: ServerProcess;
let receiver: WebhookReceiver;

beforeAll(async () => {
  redis = await TestRedis.start({ persistent: true });
  connection = await RedisConnection.create({ url: redis.url });
  store = new RedisCallStore({ connection, keys: redisKeys(redisPrefix), endedCallTtlMs });
  receiver = await WebhookReceiver.start();
  // Only for its HTTP: the lifecycle runs in the process that is killed.
  server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    environment: { VEILCAST_LIFECYCLE_IN_PROCESS: 'false', VEILCAST_MEDIA_WORKERS: '1' },
  });
  const made = await request(`${server.url}/v1/webhook-endpoints`, {
    method: 'POST',
    credential: server.apiKey,
    body: { url: receiver.url },
  });
  webhookWithSecret.parse(made.body);
}, 30_000);
afterAll(async () => {
  await server.stop();
  await receiver.stop();
  await connection.close();
  await redis.stop();
});

const startLifecycle = () =>
  startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    bundle: 'dist/workers.js',
    environment: {
      VEILCAST_SWEEP_EVERY_MS: '500',
      VEILCAST_NODE_LEASE_MS: '500',
      VEILCAST_ENDED_CALL_TTL_MS: String(endedCallTtlMs),
      VEILCAST_WEBHOOK_WAITS_MS: '100,200,500,1000,1000,1000',
    },
  });

/** Everybody is one of these, with the history's own ending to the name, so that histories do not meet. */
const people = ['alice', 'bob', 'carol', 'dan', 'mallory'] as const;
const person = fc.constantFrom(...people);
const device = fc.constantFrom('a-device-1', 'a-device-2');
interface Step {
  readonly command: Exclude<CallCommand, { name: 'create' }>;
  readonly pauseMs: number;
  readonly times: number;
  /** The next step does not wait for this one. */
  readonly isAsync: boolean;
}
interface History {
  readonly callees: readonly string[];
  readonly steps: readonly Step[];
  /** Its node dies at once: the sweep must find it. */
  readonly isOrphan: boolean;
}

const command: fc.Arbitrary<Step['command']> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ name: fc.constant('answer' as const), userId: person, deviceId: device }) },
  fc.record({ name: fc.constantFrom('decline' as const, 'cancel' as const, 'leave' as const), userId: person }),
  fc.record({ name: fc.constant('rejoin' as const), userId: person, deviceId: device }),
  fc.record({
    name: fc.constant('invite' as const),
    userId: person,
    invitees: fc.array(person, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    name: fc.constantFrom('mute' as const, 'remove' as const, 'block' as const),
    userId: person,
    targetId: person,
  }),
  fc.record({ name: fc.constant('hold' as const), userId: person, onHold: fc.boolean() }),
  fc.record({ name: fc.constant('end' as const), by: person }),
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constantFrom('sessionJoined' as const, 'sessionLost' as const),
      userId: person,
      deviceId: device,
      ownerTerm: fc.constant(1),
    }),
  },
);
const history: fc.Arbitrary<History> = fc.record({
  callees: fc.uniqueArray(fc.constantFrom('bob', 'carol', 'dan'), { minLength: 1, maxLength: 3 }),
  steps: fc.array(
    fc.record({
      command,
      pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
      times: fc.constantFrom(1, 1, 1, 2),
      isAsync: fc.boolean(),
    }),
    { minLength: 2, maxLength: 14 },
  ),
  isOrphan: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
});

const quiet = { decided: () => undefined, happened: () => undefined, observed: () => undefined };
const metrics = {
  ...quiet,
  timerFired: () => undefined,
  phaseLeft: () => undefined,
  answered: () => undefined,
  refused: () => undefined,
};
const limits = {
  ringTimeoutMs: 600,
  reconnectGraceMs: 400,
  emptyTimeoutMs: 400,
  longestCallMs: 3_000,
  mostParticipants: 4,
};

/** Answers the call and every device that was told that it had won. */
async function play({ callees, steps, isOrphan }: History, alive: NodeId): Promise<Call['id']> {
  const tail = randomTail().replaceAll('-', '_');
  const named = (name: string) => `${name}.${tail}`;
  const callId = newCallId();
  const context = { store, metrics, clock: { now: () => Date.now() } };
  const nodeId = isOrphan ? newNodeId() : alive;
  const creation = {
    ...({ name: 'create', callId, nodeId, media: 'audio', limits } as const),
    caller: named('alice'),
    callerDevice: 'a-device-1',
    callees: callees.map(named),
  };
  await runCommand(context, callId, creation);
  const running: Promise<void>[] = [];
  const run = async (step: Step['command']): Promise<void> => {
    try {
      const { after: call } = await runCommand(context, callId, withNames(step, named));
      if (step.name !== 'answer' && step.name !== 'rejoin') return;
      const participant = call && participantOf(call, named(step.userId));
      // Who is told that they have answered has, whoever else tried at that moment.
      if (participant?.state === 'joined') expect(participant.deviceId).toBe(step.deviceId);
    } catch (error) {
      // A refusal is an answer; what is broken is not.
      if (!(error instanceof CallError) || error.kind === 'internal' || error.kind === 'unavailable') throw error;
    }
  };
  for (const step of steps) {
    const done = Promise.all(Array.from({ length: step.times }, () => run(step.command))).then(() => undefined);
    running.push(done);
    if (!step.isAsync) await done;
    await delay(step.pauseMs);
  }
  await Promise.all(running);
  return callId;
}

function withNames(step: Step['command'], named: (name: string) => string): CallCommand {
  switch (step.name) {
    case 'invite':
      return { ...step, userId: named(step.userId), invitees: step.invitees.map(named) };
    case 'mute':
    case 'remove':
    case 'block':
      return { ...step, userId: named(step.userId), targetId: named(step.targetId) };
    case 'end':
      return step.by === undefined ? step : { ...step, by: named(step.by) };
    case 'answer':
    case 'rejoin':
    case 'hold':
    case 'decline':
    case 'cancel':
    case 'leave':
    case 'sessionJoined':
    case 'sessionLost':
      return { ...step, userId: named(step.userId) };
    case 'deadlineReached':
    case 'rehome':
    case 'nodeLost':
      return step;
  }
}

/** What is wrong with the events of an ended call; nothing, when all is right. */
function faultsOf(events: readonly CallEvent[]): readonly string[] {
  const faults: string[] = [];
  if (events.some(({ seq }, index) => seq !== index + 1)) faults.push('a gap or a repetition in the numbers');
  if (events.filter(({ type }) => type === 'call.ended').length !== 1) faults.push('not one end');
  if (events.at(-1)?.type !== 'call.ended') faults.push('something after the end');
  const asked = new Map<string, number>();
  const [first] = events;
  for (const event of events) {
    if (!('userId' in event) || event === first) continue;
    const count = asked.get(event.userId) ?? 1;
    if (event.type === 'call.invited') asked.set(event.userId, count + 1);
    if (event.type === 'call.answered') asked.set(event.userId, count - 1);
    if ((asked.get(event.userId) ?? 1) < 0) faults.push(`${event.userId} answered twice`);
  }
  return faults;
}

test(`two hundred histories, and a lifecycle process that is killed all the time (seed ${seed})`, async () => {
  const alive = newNodeId();
  const nodes = new RedisNodeDirectory({ connection, keys: redisKeys(redisPrefix) });
  let beat = 0;
  const beating = setInterval(() => {
    beat += 1;
    // It takes no calls of others: those have the server.
    void nodes.renew({ nodeId: alive, region: 'test', beat, load: 1, calls: 0, sessions: 0, draining: false });
  }, 100);
  const over = new AbortController();
  let kills = 0;
  const killing = (async () => {
    // However few of them a busy machine fits into the time of the histories.
    while (!over.signal.aborted || kills < 6) {
      const lifecycle = await startLifecycle();
      await delay(randomInt(300, 2_000));
      await lifecycle.kill();
      kills += 1;
    }
  })();

  const drawn = fc.sample(history, { seed, numRuns: histories });
  const played: { readonly callId: Call['id']; readonly drawn: History }[] = [];
  for (let begin = 0; begin < drawn.length; begin += atOnce) {
    const batch = drawn.slice(begin, begin + atOnce);
    played.push(...(await Promise.all(batch.map(async (one) => ({ callId: await play(one, alive), drawn: one })))));
  }
  over.abort();
  await killing;
  const last = await startLifecycle();

  const phase = async ({ callId }: { callId: Call['id'] }) => (await store.load(callId))?.phase;
  await waitFor(
    'every call to have ended',
    async () => (await Promise.all(played.map(phase))).every((one) => one === 'ended'),
    { withinMs: 20_000 },
  );
  const told = await Promise.all(
    played.map(async ({ callId }) => [callId, await store.eventsAfter(callId, 0)] as const),
  );
  const facts = told.reduce((sum, [, events]) => sum + events.length, 0);
  await waitFor('every webhook', () => new Set(receiver.accepted.map(({ id }) => id)).size >= facts, {
    withinMs: 30_000,
  });

  const faults = told.flatMap(([callId, events], index) => {
    const sent = [...new Map(receiver.of(callId).map(({ id, seq }) => [id, seq])).values()];
    const wrong = [...faultsOf(events)];
    if (JSON.stringify(sent) !== JSON.stringify(events.map(({ seq }) => seq)))
      wrong.push('webhooks lost or disordered');
    return wrong.length === 0 ? [] : [{ wrong, events, sent, drawn: played[index]?.drawn }];
  });
  expect(faults).toEqual([]);
  expect(kills).toBeGreaterThan(5);
  // No timer waits, no index of live calls is left, no entry is owed. Calls, records and webhooks have times of their own.
  const ofLiveCalls = /:calls(:|$)|:rings:|:nodes$|:jobs:(?!sweep)/;
  const left = async () => tracesOfCalls(await redis.keys()).filter((key) => ofLiveCalls.test(key));
  await waitForEqual(left, []);
  await waitForEqual(() => connection.run((client) => client.xLen(redisKeys(redisPrefix).outbox)), 0);
  clearInterval(beating);
  await last.stop();
}, 180_000);
