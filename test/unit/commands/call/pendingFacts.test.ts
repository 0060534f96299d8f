/** Facts are told until they are applied; the owner does in time what is due; ghosts are found. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import type { Device } from '../../../../src/domain/media/admission.ts';
import { participantOf } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { ErrorCode } from '../../../../src/domain/kernel/errors.ts';
import { nextDeadline } from '../../../../src/domain/call/deadlines.ts';
import { DeadlineWatch } from '../../../../src/commands/call/deadlineWatch.ts';
import { Facts } from '../../../../src/commands/call/pendingFacts.ts';
import { runCommand } from '../../../../src/commands/call/running/runCommand.ts';
import { GhostSweep } from '../../../../src/commands/call/sweepGhosts.ts';
import type { Log, LogFields } from '../../../../src/ports/system/log.ts';
import { callAfter, callIn, createCommand, limits } from '../../../support/calls.ts';

const nothing = (): void => undefined;
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const metrics = {
  decided: nothing,
  happened: nothing,
  refused: nothing,
  observed: nothing,
  answered: nothing,
  timerFired: nothing,
  phaseLeft: nothing,
};
afterEach(() => {
  jest.useRealTimers();
});

describe('a pending fact', () => {
  test('that cannot be applied is repeated until it is', async () => {
    jest.useFakeTimers();
    const facts = new Facts({ log });
    const failures: ErrorCode[] = ['unavailable', 'busy', 'overloaded'];
    let applied = 0;
    await facts.tell('presence of bob', () => {
      const code = failures.shift();
      if (code !== undefined) return Promise.reject(new CallError(code));
      applied += 1;
      return Promise.resolve();
    });
    expect(facts.owed).toBe(1);
    await jest.advanceTimersByTimeAsync(60_000);
    expect([applied, facts.owed, failures.length]).toEqual([1, 0, 0]);
  });

  test('is replaced by a newer one about the same subject, and is not repeated if it can never apply', async () => {
    jest.useFakeTimers();
    const facts = new Facts({ log });
    const told: string[] = [];
    await facts.tell('presence of bob', () => {
      told.push('lost');
      return Promise.reject(new CallError('unavailable'));
    });
    await facts.tell('presence of bob', () => Promise.resolve(told.push('back')));
    await facts.tell('presence of eve', () => {
      told.push('unknown');
      return Promise.reject(new CallError('call_not_found'));
    });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['lost', 'back', 'unknown']);
    expect(facts.owed).toBe(0);
  });
});

test('failing facts are logged once in a while, with a stack trace if the fault is ours', async () => {
  jest.useFakeTimers();
  const said: (readonly [string, LogFields | undefined])[] = [];
  const facts = new Facts({ log: { ...log, warn: (words, fields) => said.push([words, fields]) } });
  for (const userId of ['bob', 'eve']) {
    await facts.tell(`presence of ${userId}`, () => Promise.reject(new CallError('unavailable')));
  }
  await jest.advanceTimersByTimeAsync(55_000);
  expect(said).toEqual([['failed to apply a fact: it is tried again', { code: 'unavailable', reason: 'presence' }]]);
  facts.stop();
  const bug = new CallError('internal');
  for (let turn = 0; turn < 3; turn += 1) await facts.tell('deadline of a call', () => Promise.reject(bug));
  expect(said.slice(1)).toEqual([
    ['failed to apply a fact: it is dropped', { code: 'internal', reason: 'deadline', error: bug }],
  ]);
  const another = new TypeError('another fault of ours');
  await facts.tell('deadline of a call', () => Promise.reject(another));
  expect(said[2]).toEqual([
    'failed to apply a fact: it is dropped',
    { code: 'internal', reason: 'deadline', error: another },
  ]);
});

describe('the deadline watch', () => {
  test('reaches the deadline of an owned call in time, again after a change, and no other', async () => {
    jest.useFakeTimers();
    const offset = 1_000 - Date.now();
    const clock = { now: () => Date.now() + offset };
    const { nodeId, callId } = createCommand();
    const call = callIn.ringing;
    const reached: number[] = [];
    let copy = call;
    const watch = new DeadlineWatch({
      nodeId,
      clock,
      copyOf: () => copy,
      reach: () => Promise.resolve(reached.push(clock.now())),
    });
    watch.watch(call);
    await jest.advanceTimersByTimeAsync(limits.reconnectGraceMs - 1);
    expect(reached).toEqual([]);
    // The caller has come: the end of ringing is next.
    copy = callAfter(createCommand(), {
      name: 'sessionJoined',
      userId: 'alice',
      deviceId: 'alice-phone',
      ownerTerm: 1,
    });
    watch.watch(copy);
    await jest.advanceTimersByTimeAsync(limits.ringTimeoutMs - limits.reconnectGraceMs + 1);
    expect(reached).toEqual([nextDeadline(copy)]);
    copy = { ...copy, nodeId: 'node_another' };
    watch.watch(copy);
    expect([watch.size, copy.id]).toEqual([0, callId]);
    watch.watch(callIn.ended);
    expect(watch.size).toBe(0);
  });

  test('retries a due check that fails only every few seconds', async () => {
    jest.useFakeTimers();
    let asked = 0;
    const watch = new DeadlineWatch({
      nodeId: createCommand().nodeId,
      clock: { now: () => Date.now() },
      copyOf: () => callIn.ringing,
      reach: () => Promise.resolve((asked += 1)),
    });
    watch.watch(callIn.ringing);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(asked).toBe(6);
    watch.stop();
  });
});

describe('the ghost sweep', () => {
  const joined = (userId: string): CallCommand => ({
    name: 'sessionJoined',
    userId,
    ownerTerm: 1,
    deviceId: `${userId}-phone`,
  });

  test('on its second run finds participants who are present without a session, and nobody with one', async () => {
    const now = 5_000;
    const store = new MemoryCalls({ clock: { now: () => now }, endedCallTtlMs: 1_000 });
    const context = { store, metrics, clock: { now: () => now } };
    const { callId, nodeId } = createCommand();
    const everybody = Array.from({ length: 4 }, (_, index) => `p${index}`);
    await runCommand(context, callId, createCommand(everybody));
    await runCommand(context, callId, joined('alice'));
    for (const userId of everybody) {
      await runCommand(context, callId, { name: 'answer', userId, deviceId: `${userId}-phone` });
      await runCommand(context, callId, joined(userId));
    }
    let held: readonly Device[] = ['alice', 'p0'].map((userId) => ({ userId, deviceId: `${userId}-phone` }));
    const broadcasts = { open: () => [callId], follow: () => Promise.resolve(held) };
    const sweep = new GhostSweep({ ...context, callIndex: store, broadcasts, nodeId });
    expect(await sweep.look()).toBe(0);
    // One whose session had only not been seen yet is no ghost.
    held = [...held, { userId: 'p1', deviceId: 'p1-phone' }];
    expect(await sweep.look()).toBe(2);
    expect(await sweep.look()).toBe(0);
    const call = await store.load(callId);
    const presences = ['alice', ...everybody].map((userId) => {
      const participant = call && participantOf(call, userId);
      return participant?.state === 'joined' ? participant.presence : participant?.state;
    });
    expect(presences).toEqual(['connected', 'connected', 'connected', 'lost', 'lost']);
  });
});
