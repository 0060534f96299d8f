/** A call that fails in one of its steps fails alone: the program continues, and leaves nothing of the call behind. */
import { EventEmitter } from 'node:events';
import { runInThisContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Joined } from '../../../../src/load/people/party.ts';
import { makeCall } from '../../../../src/load/run/makeCall.ts';
import type { PartTimes } from '../../../../src/load/run/makeCall.ts';
import type { Course } from '../../../../src/load/plan/scenario.ts';
import { admitted, callId, connected, fakeParty, FakeSeat } from './fakeParty.ts';
import type { FakeParty } from './fakeParty.ts';
import type { AdmittedCall } from '../../../../src/protocol/shared/calls.ts';

const scenario = { ringMs: 50, talkMs: 0, rejoins: 0, giveUpMs: 10_000 };

async function made(party: FakeParty, { course, giveUpMs }: { course?: Course; giveUpMs?: number } = {}) {
  const parts: PartTimes = {};
  const call = {
    party,
    course: course ?? 'answered',
    dueAt: performance.now(),
    scenario: { ...scenario, giveUpMs: giveUpMs ?? scenario.giveUpMs },
    tally: undefined,
  };
  const outcome = await makeCall(call, parts).then(
    () => 'ok',
    (error: unknown) => String(error),
  );
  return { outcome, parts };
}

/** Node's own: the one that tests see gets no such events, and Jest forgives a rejection that is handled later. */
const nodeProcess: unknown = runInThisContext('process');
if (!(nodeProcess instanceof EventEmitter)) throw new TypeError('Node has no process');
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  nodeProcess.on('unhandledRejection', note);
});
afterEach(() => {
  nodeProcess.off('unhandledRejection', note);
});

/** Node says which rejections are unhandled once the promise jobs of a turn are done. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

test('a call of two is set up and ends for both', async () => {
  const party = fakeParty();
  const { outcome, parts } = await made(party);
  expect(outcome).toBe('ok');
  expect(Object.keys(parts).sort()).toEqual(
    ['answer', 'answerToRtp', 'dtls', 'end', 'http', 'ice', 'join', 'ring', 'setup'].sort(),
  );
  expect(party.callee.done).toEqual(['answer', 'count', 'clear']);
  // What is not heard after somebody hangs up is not lost.
  expect(party.caller.done).toEqual(['count', 'leave', 'clear']);
});

test('the time of ringing of a missed call is not the time of its end', async () => {
  const party = fakeParty();
  party.caller.over.emit(callId, performance.now() + 5_000);
  const { outcome, parts } = await made(party, { course: 'missed' });
  expect(outcome).toBe('ok');
  expect(parts.end).toBeUndefined();
  expect(parts.missed).toBeGreaterThan(4_000);
});

describe('a failure', () => {
  test('of joining while it rings shows when the ringing is over', async () => {
    const party = fakeParty();
    party.callee.joining = () => Promise.reject(new Error('refused'));
    expect(await made(party)).toMatchObject({ outcome: 'StepFailed: join: refused' });
    await nextTurn();
    expect(unhandled).toEqual([]);
  });

  test('of a seat that arrives too late ends nothing, and the seat is closed', async () => {
    const party = fakeParty();
    const joining = later<Joined>();
    party.caller.joining = () => joining.promise;
    expect(await made(party, { giveUpMs: 60 })).toMatchObject({ outcome: 'StepFailed: join: timed_out' });
    const seat = new FakeSeat();
    joining.resolve({ seat, ready: Promise.reject(new Error('not connected')) });
    await nextTurn();
    expect({ closed: seat.closed, unhandled }).toEqual({ closed: true, unhandled: [] });
  });

  test('before a seat arrives closes it when it does', async () => {
    const party = fakeParty();
    const joining = later<Joined>();
    party.caller.joining = () => joining.promise;
    party.callee.joining = () => Promise.reject(new Error('refused'));
    expect(await made(party)).toMatchObject({ outcome: 'StepFailed: join: refused' });
    const seat = new FakeSeat();
    joining.resolve({ seat, ready: connected() });
    await nextTurn();
    expect(seat.closed).toBe(true);
  });

  test('of ringing ends the call on the server', async () => {
    const party = fakeParty();
    party.callee.rang.forget(callId);
    expect(await made(party, { giveUpMs: 20 })).toMatchObject({ outcome: 'StepFailed: ring: timed_out' });
    expect(party.caller.done).toEqual(['count', 'leave', 'cancel', 'clear']);
  });

  test('of creating in time ends a call that is created after all', async () => {
    const party = fakeParty();
    const calling = later<AdmittedCall>();
    party.caller.calling = () => calling.promise;
    expect(await made(party, { giveUpMs: 20 })).toMatchObject({ outcome: 'StepFailed: create: timed_out' });
    calling.resolve(admitted);
    await nextTurn();
    expect(party.caller.done.filter((verb) => verb !== 'clear' && verb !== 'count')).toEqual(['leave', 'cancel']);
  });
});
