/** Everybody of a large call acts at once, through several processes: all are served, and nothing is done twice. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MemoryNodeChannels } from '../../../src/adapters/memory/memoryNodeChannels.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { joinedOf, maxLiveCalls } from '../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../src/domain/call/commands.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { runCommand } from '../../../src/commands/call/running/runCommand.ts';
import { createCommand, limits } from '../../support/calls.ts';
import { refusalsOf, startCallProcess } from '../../support/processes/processes.ts';
import type { CallProcess, CallProcessOptions } from '../../support/processes/processes.ts';
import { randomPrefix, randomTail, startTestRedis } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';

let redis: TestRedis;
const keys = redisKeys(randomPrefix());
const channels = new MemoryNodeChannels();
const running: CallProcess[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});
afterAll(() => redis.stop());

async function start(options: Partial<CallProcessOptions> = {}): Promise<CallProcess> {
  const started = await startCallProcess({ url: redis.url, keys, channels, ...options });
  running.push(started);
  return started;
}

/** A call that rings for so many, owned by a node. */
async function ringing(owner: CallProcess, count: number): Promise<{ callId: CallId; callees: readonly string[] }> {
  const callId: CallId = `call_${randomTail()}`;
  const tail = randomTail();
  const callees = Array.from({ length: count }, (_, index) => `p${index}_${tail}`);
  const command = createCommand(callees);
  await runCommand(owner.context, callId, {
    ...command,
    callId,
    nodeId: owner.nodeId,
    caller: `host_${tail}`,
    limits: { ...limits, mostParticipants: 100 },
  });
  return { callId, callees };
}

/** Each acts through another of the processes. */
function each(processes: readonly CallProcess[], callId: CallId, commands: readonly CallCommand[]) {
  return commands.map((command, index) => {
    const process = processes[index % processes.length];
    if (process === undefined) throw new Error('no process');
    return runCommand(process.context, callId, command);
  });
}

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId.slice(0, 20)}-phone` });
const hold = (userId: string): CallCommand => ({ name: 'hold', userId, onHold: true });
const leave = (userId: string): CallCommand => ({ name: 'leave', userId });

/** Far more than it takes on a calm machine. */
jest.setTimeout(120_000);

describe.each([31, 99])('%i simultaneous callers', (count) => {
  test('the owner serves all of them, whatever process they come through, and counts nothing twice', async () => {
    const [owner, other, worker] = await Promise.all([start(), start(), start({ isNode: false })]);
    const all = [owner, other, worker];
    const { callId, callees } = await ringing(owner, count);
    for (const command of [answer, hold]) {
      expect(await refusalsOf(each(all, callId, callees.map(command)))).toEqual([]);
    }
    const call = await owner.context.store.load(callId);
    expect(call && joinedOf(call).filter(({ onHold }) => onHold === true)).toHaveLength(count);
    expect(await refusalsOf(each(all, callId, callees.map(leave)))).toEqual([]);
    const left = await owner.context.store.load(callId);
    expect(left && joinedOf(left)).toHaveLength(1);

    // No race was lost: each transition was saved once, by the owner.
    expect(owner.saves()).toBe(left?.version);
    expect(other.saves() + worker.saves()).toBe(0);
    const stored = await owner.context.store.eventsAfter(callId, 0);
    expect(owner.events.map(({ seq }) => seq)).toEqual(stored.map(({ seq }) => seq));
    expect([...other.events, ...worker.events, ...other.decided, ...worker.decided]).toEqual([]);
  });

  test('all are served when the owner is gone', async () => {
    const owner = await start();
    const { callId, callees } = await ringing(owner, count);
    owner.stopHearing();
    const others = await Promise.all([start({ answerWithinMs: 200 }), start({ answerWithinMs: 200 })]);
    for (const command of [answer, hold, leave]) {
      expect(await refusalsOf(each(others, callId, callees.map(command)))).toEqual([]);
    }
    const call = await owner.context.store.load(callId);
    expect(call && joinedOf(call)).toHaveLength(1);
    const stored = await owner.context.store.eventsAfter(callId, 0);
    const counted = [owner, ...others].flatMap(({ events }) => events.map(({ seq }) => seq));
    expect(counted.sort((a, b) => a - b)).toEqual(stored.map(({ seq }) => seq));
  });
});

test('a refusal of the owner reaches the asking process and does not depend on a stale copy', async () => {
  const [owner, other] = await Promise.all([start(), start()]);
  const { callId, callees } = await ringing(owner, 2);
  const [bob = '', carol = ''] = callees;
  const stranger = runCommand(other.context, callId, leave('nobody'));
  await expect(stranger).rejects.toMatchObject({ code: 'call_not_found' });
  // Somebody saves without the owner, which cannot know it yet.
  const { owners: _, ...alone } = other.context;
  await runCommand(alone, callId, answer(bob));
  await runCommand(other.context, callId, leave(bob));
  await expect(runCommand(other.context, callId, leave(carol))).rejects.toMatchObject({ code: 'not_joined' });
});

test('a participant who leaves while the owner acts without answering has left and is not refused', async () => {
  const owner = await start();
  const { callId, callees } = await ringing(owner, 2);
  const [bob = ''] = callees;
  await runCommand(owner.context, callId, answer(bob));
  // The owner does what it is asked, and its answers are lost.
  const deaf = await start({ answerWithinMs: 300 });
  deaf.stopHearing();
  expect(await refusalsOf([runCommand(deaf.context, callId, leave(bob))])).toEqual([]);
  const events = await owner.context.store.eventsAfter(callId, 0);
  expect(events.filter(({ type }) => type === 'call.left')).toHaveLength(1);
});

test('an owner does not start a request when nobody waits for the answer any more', async () => {
  const owner = await start();
  const { callId, callees } = await ringing(owner, 2);
  const [bob = ''] = callees;
  const late = await start({ answerWithinMs: -1 });
  // Asked with a time that is over: it decides by itself, once.
  await runCommand(late.context, callId, answer(bob));
  expect(late.decided).toEqual([{ command: 'answer', outcome: 'changed' }]);
  expect(owner.decided.filter(({ command }) => command === 'answer')).toEqual([]);
});

test('of 40 simultaneous calls by one person through several processes, the maximum is created', async () => {
  const processes = await Promise.all([start(), start()]);
  const caller = `busy_${randomTail()}`;
  const creations = Array.from({ length: 40 }, (_, index) => {
    const process = processes[index % processes.length];
    if (process === undefined) throw new Error('no process');
    const callId: CallId = `call_${randomTail()}`;
    const command = { ...createCommand([`callee${index}_${randomTail()}`]), callId, nodeId: process.nodeId, caller };
    return runCommand(process.context, callId, command);
  });
  const refusals = await refusalsOf(creations);
  expect(refusals).toHaveLength(40 - maxLiveCalls);
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'too_many_requests' });
  expect(await processes[0].callIndex.liveCallsOf(caller)).toHaveLength(maxLiveCalls);
});
