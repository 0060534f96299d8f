/** Looks at calls, outbox and sweep over a real Redis, with the lifecycle workers as they run in production. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { BullmqConnections } from '../../../src/adapters/bullmq/connections.ts';
import { BullmqSchedule } from '../../../src/adapters/bullmq/bullmqSchedule.ts';
import { queueNames, queuePrefix, timerJobId } from '../../../src/adapters/bullmq/queues.ts';
import { redisClient } from '../../../src/adapters/redis/connection/client.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { RedisOutbox } from '../../../src/adapters/redis/call/redisOutbox.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import type { ErrorCode } from '../../../src/domain/kernel/errors.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import type { Log } from '../../../src/ports/system/log.ts';
import { startLifecycle } from '../../../src/compose/workers/startLifecycle.ts';
import type { Lifecycle, LifecycleOptions } from '../../../src/compose/workers/startLifecycle.ts';
import { randomPrefix, startTestRedis } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { noWebhookMetrics, noWebhooks } from '../../support/noWebhooks.ts';
import { waitFor } from '../../support/waitFor.ts';
import { created, newCallId, newNames, step, story } from './callStore.contract.ts';
import { lifecycleScheduleContract } from './lifecycleSchedule.contract.ts';

const clock = { now: () => Date.now() };
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis({ persistent: true });
});
afterAll(async () => {
  await redis.stop();
});

/** One process with lifecycle workers, over a prefix that it may share with others. */
class Process {
  readonly looked: CallId[] = [];
  readonly next = new Map<CallId, number>();
  readonly refused: ErrorCode[] = [];
  readonly swept: number[] = [];
  look: (callId: CallId) => Promise<void> = () => Promise.resolve();
  readonly prefix: string;
  readonly connection: RedisConnection;
  readonly store: RedisCallStore;
  readonly outbox: RedisOutbox;
  readonly schedule: BullmqSchedule;
  readonly #connections: BullmqConnections;
  #lifecycle: Lifecycle | undefined;

  private constructor(prefix: string, connection: RedisConnection, outbox: RedisOutbox) {
    this.prefix = prefix;
    this.connection = connection;
    this.outbox = outbox;
    this.store = new RedisCallStore({ connection, keys: redisKeys(prefix), endedCallTtlMs: 100 });
    this.#connections = new BullmqConnections({ makeClient: () => redisClient(redis.url) });
    this.schedule = new BullmqSchedule({ connections: this.#connections, redisPrefix: prefix, clock });
  }

  static async start(prefix: string, options: Partial<LifecycleOptions> = {}): Promise<Process> {
    const connection = await RedisConnection.create({ url: redis.url });
    const keys = redisKeys(prefix);
    const made = new Process(prefix, connection, await RedisOutbox.create({ connection, keys, onBroken: () => 0 }));
    made.#lifecycle = await startLifecycle({
      clock,
      log: quiet,
      redisPrefix: prefix,
      outbox: made.outbox,
      schedule: made.schedule,
      calls: made.store,
      makeClient: () => redisClient(redis.url),
      keepRecord: () => Promise.resolve(),
      webhooks: noWebhooks,
      checkDeadlines: async (callId) => {
        await made.look(callId);
        made.looked.push(callId);
        const at = made.next.get(callId);
        made.next.delete(callId);
        return at;
      },
      sweep: () => {
        made.swept.push(Date.now());
        return Promise.resolve();
      },
      sweepEveryMs: 60_000,
      stopWithinMs: 3_000,
      reader: randomPrefix(),
      metrics: { ...noWebhookMetrics, refused: (_, code) => made.refused.push(code) },
      ...options,
    });
    running.push(made);
    return made;
  }

  /** Jobs that are left, by id. */
  async jobs(): Promise<readonly (string | undefined)[]> {
    const queue = this.queue();
    const jobs = await queue.getJobs(['waiting', 'delayed', 'active', 'failed']);
    return jobs.map(({ id }) => id);
  }

  queue(): Queue {
    return new Queue(queueNames.timers, { connection: this.#connections.shared(), prefix: queuePrefix(this.prefix) });
  }

  async stop(): Promise<void> {
    await this.#lifecycle?.stop();
    this.#connections.destroy();
    await this.outbox.close();
    await this.connection.close();
  }
}

const running: Process[] = [];
afterEach(async () => {
  if (keepForContract) return;
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
let keepForContract = false;

describe('timers in BullMQ', () => {
  let shared: Process;
  beforeAll(async () => {
    keepForContract = true;
    shared = await Process.start(randomPrefix());
  });
  afterAll(async () => {
    keepForContract = false;
    await shared.stop();
    running.length = 0;
  });
  lifecycleScheduleContract(() => ({
    schedule: shared.schedule,
    looked: shared.looked,
    next: shared.next,
    now: clock.now,
    tick: () => Promise.resolve(),
  }));
});

describe('the lifecycle workers', () => {
  test('a check of a call that is temporarily impossible is repeated and leaves nothing', async () => {
    const one = await Process.start(randomPrefix());
    let failures = 2;
    one.look = () => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new CallError('unavailable')) : Promise.resolve();
    };
    await one.schedule.look(newCallId(), Date.now());
    await waitFor('the third attempt', () => one.looked.length === 1);
    expect(one.refused).toEqual(['unavailable', 'unavailable']);
    await waitFor('the job to be gone', async () => (await one.jobs()).length === 0);
  });

  test('a check that meets a bug is counted, not repeated, and does not block later checks', async () => {
    const one = await Process.start(randomPrefix());
    one.look = () => Promise.reject(new TypeError('a bug'));
    const callId = newCallId();
    await one.schedule.look(callId, Date.now());
    await waitFor('it to have failed', async () => (await one.schedule.depth()).failed === 1);
    expect(one.refused).toEqual(['internal']);
    one.look = () => Promise.resolve();
    await one.schedule.look(callId, Date.now());
    await waitFor('the next look', () => one.looked.length === 1);
    expect(await one.schedule.depth()).toMatchObject({ failed: 0 });
  });

  test('a change that needs an earlier check during a check gets it', async () => {
    const one = await Process.start(randomPrefix());
    const ringing = created(newNames());
    const { id } = ringing.call;
    let release: () => void = () => undefined;
    one.look = () => new Promise((resolve) => (release = resolve));
    one.next.set(id, Date.now() + 600_000);
    await one.schedule.look(id, Date.now());
    await waitFor('the look to be at work', async () => (await one.schedule.depth()).active === 1);
    // Its deadlines are near and are saved now; whoever plans a look finds the job at work.
    const limits = { ...ringing.call.limits, reconnectGraceMs: 200 };
    await one.store.save({ ...ringing, call: { ...ringing.call, limits }, effects: [] });
    await one.schedule.look(id, Date.now() + 100);
    one.look = () => Promise.resolve();
    release();
    await waitFor('the sooner look', () => one.looked.length === 2);
  });

  test('old separate timers of a call become checks of that call', async () => {
    const one = await Process.start(randomPrefix());
    const [ringing, talking] = [newCallId(), newCallId()];
    const dueAt = Date.now();
    const former = [
      { timer: { kind: 'ring', callId: ringing, era: 1 }, dueAt },
      { timer: { kind: 'grace', callId: talking, userId: 'alice', era: 2 }, dueAt },
    ];
    one.next.set(talking, dueAt + 600_000);
    for (const data of former) await one.queue().add(data.timer.kind, data, { jobId: `old-${data.timer.callId}` });
    await waitFor('both looks', () => one.looked.length === 2);
    await waitFor('the jobs of the new kind alone', async () => {
      return JSON.stringify(await one.jobs()) === JSON.stringify([timerJobId(talking)]);
    });
    expect(one.refused).toEqual([]);
  });

  test('an unreadable payload is counted, kept as failed, and blocks nothing', async () => {
    const one = await Process.start(randomPrefix());
    for (const data of [{}, { callId: '10.0.0.1', dueAt: 1 }, 'nonsense']) {
      await one.queue().add('ring', data, { attempts: 5 });
    }
    await one.schedule.look(newCallId(), Date.now());
    await waitFor('the good one', () => one.looked.length === 1);
    await waitFor('the bad ones', async () => (await one.schedule.depth()).failed === 3);
    expect(one.refused).toEqual(['invalid_request', 'invalid_request', 'invalid_request']);
  });

  test('a saved change schedules the check of its call, and the end removes it: the keys are the same as before', async () => {
    const one = await Process.start(randomPrefix());
    await one.schedule.look(newCallId(), Date.now());
    await waitFor('the first look', () => one.looked.length === 1);
    const keysNow = async (): Promise<string[]> =>
      (await redis.keys()).filter((key) => key.startsWith(`{${one.prefix}}:`) && !/:(marker|stalled.*)$/.test(key));
    await waitFor('its job to be gone', async () => (await one.jobs()).length === 0);
    const before = await keysNow();

    const names = newNames();
    const [ringing, active, over] = story(names);
    await one.store.save(ringing);
    await waitFor('the look at a ringing call', async () => (await one.jobs()).length === 1);
    await one.store.save(active);
    const entries = () => one.connection.run((client) => client.xLen(redisKeys(one.prefix).outbox));
    await waitFor('the answer to be carried out', async () => (await entries()) === 0);
    expect(await one.jobs()).toEqual([timerJobId(names.callId)]);
    await one.store.save(over);
    await waitFor('it to be taken back', async () => (await one.jobs()).length === 0);
    await waitFor('the same keys', async () => JSON.stringify(await keysNow()) === JSON.stringify(before));
  });

  test('two outbox processors that race over one call leave no check behind', async () => {
    const prefix = randomPrefix();
    const [one, two] = await Promise.all([Process.start(prefix), Process.start(prefix)]);
    const left = async (): Promise<number> => {
      const entries = await one.connection.run((client) => client.xLen(redisKeys(prefix).outbox));
      return entries + (await one.jobs()).length;
    };
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const { store } = index % 2 === 0 ? one : two;
        for (const transition of story(newNames())) expect(await store.save(transition)).toBe('saved');
      }),
    );
    await waitFor('nothing to be left', async () => (await left()) === 0);
  });

  test('entries held by a dead outbox processor are processed by another', async () => {
    const prefix = randomPrefix();
    const connection = await RedisConnection.create({ url: redis.url });
    const keys = redisKeys(prefix);
    const dead = await RedisOutbox.create({ connection, keys, onBroken: () => 0 });
    const names = newNames();
    await new RedisCallStore({ connection, keys, endedCallTtlMs: 100 }).save(created(names));
    expect(await dead.take({ reader: 'dead', max: 10, waitMs: 10, takeOverMs: 60_000 })).toHaveLength(1);
    await dead.close();
    await connection.close();
    const one = await Process.start(prefix, { takeOverMs: 200 });
    await waitFor('its look', async () => (await one.jobs()).length === 1);
    const left = () => one.connection.run((client) => client.xLen(keys.outbox));
    await waitFor('its entry to be done', async () => (await left()) === 0);
  });

  test('two processes run one sweep per period, and each one at its start', async () => {
    const prefix = randomPrefix();
    const sweepEveryMs = 300;
    const two = await Promise.all([Process.start(prefix, { sweepEveryMs }), Process.start(prefix, { sweepEveryMs })]);
    const from = Date.now();
    const swept = (): number => two.reduce((sum, { swept: times }) => sum + times.length, 0) - 2;
    await waitFor('eight sweeps', () => swept() >= 8);
    const periods = (Date.now() - from) / sweepEveryMs;
    // A busy machine may leave some out, and never adds one.
    expect(swept()).toBeLessThanOrEqual(Math.ceil(periods) + 2);
  });

  test('a failed sweep is counted, and the next one follows', async () => {
    let count = 0;
    const sweep = (): Promise<void> => Promise.reject(new CallError((count += 1) > 0 ? 'unavailable' : 'internal'));
    const one = await Process.start(randomPrefix(), { sweepEveryMs: 100, sweep });
    await waitFor('more sweeps', () => count >= 4);
    expect(one.refused.slice(0, 4)).toEqual(['unavailable', 'unavailable', 'unavailable', 'unavailable']);
  });

  test('checks that become due while Redis is down run when it is back, and the outbox continues', async () => {
    const one = await Process.start(randomPrefix(), { sweepEveryMs: 200 });
    const callId = newCallId();
    await one.schedule.look(callId, Date.now() + 6_000);
    await redis.kill();
    await waitFor('the loss', () => !one.connection.ready);
    const refusing = startStopwatch();
    await expect(one.schedule.look(newCallId(), Date.now())).rejects.toMatchObject({ code: 'unavailable' });
    await expect(one.schedule.rest(callId)).rejects.toMatchObject({ code: 'unavailable' });
    // Ten times the limit of one command, for each.
    expect(refusing.stop()).toBeLessThan(30_000);
    expect(one.looked).toEqual([]);
    await redis.restart();
    await waitFor('the look', () => one.looked.length > 0);
    expect(one.looked[0]).toEqual(callId);
    await waitFor('the connection', () => one.connection.ready);
    const ringing = created(newNames());
    await one.store.save(ringing);
    await waitFor('a new look', async () => (await one.jobs()).includes(timerJobId(ringing.call.id)));
    await one.store.save(step(ringing.call, { name: 'end' }));
    const sweeps = one.swept.length;
    // A sweep that was cut short by the crash first has to be taken for stalled.
    await waitFor('sweeps', () => one.swept.length > sweeps, { withinMs: 15_000 });
  });

  test('stopping is bounded while Redis is down', async () => {
    const one = await Process.start(randomPrefix(), { stopWithinMs: 800 });
    await redis.kill();
    await waitFor('the loss', () => !one.connection.ready);
    const stopping = startStopwatch();
    await one.stop();
    // Ten times the setting: without a bound it waits for a Redis that does not come back.
    expect(stopping.stop()).toBeLessThan(8_000);
    await redis.restart();
  });

  test('a running job finishes before a stop', async () => {
    const one = await Process.start(randomPrefix());
    let release: () => void = () => undefined;
    one.look = () => new Promise((resolve) => (release = resolve));
    const callId = newCallId();
    await one.schedule.look(callId, Date.now());
    await waitFor('the job to be at work', async () => (await one.schedule.depth()).active === 1);
    await one.schedule.rest(callId);
    const stopped = one.stop();
    release();
    await stopped;
    expect(one.looked).toEqual([callId]);
  });
});
