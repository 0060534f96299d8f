/** When a call is looked at, and what a look does. */
import { expect, test } from '@jest/globals';
import { isAlone, participantOf } from '../../../src/call/call.ts';
import type { Call } from '../../../src/call/call.ts';
import type { CallCommand } from '../../../src/call/commands.ts';
import { decide } from '../../../src/call/decide.ts';
import { deadlinesOf, nextDeadline } from '../../../src/call/timers.ts';
import { callAfter, changed, createCommand, limits, look } from '../../support/calls.ts';

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const session = (name: 'sessionJoined' | 'sessionLost', userId: string): CallCommand => ({
  ...{ name, userId, epoch: 1 },
  deviceId: `${userId}-phone`,
});
const here = (userId: string) => session('sessionJoined', userId);

/** As revision 17eb04f stored it: without the times since when each state holds. */
function withoutTimes(call: Call): Call {
  const participants = call.participants.map((one) => {
    if (one.state === 'invited') {
      const { rungSince: _, ...rest } = one;
      return rest;
    }
    if (one.state === 'gone') return one;
    const { expectedSince: _, ...rest } = one;
    return rest;
  });
  const before = { ...call, participants };
  if (!isAlone(before)) return before;
  const { aloneAt: _, ...rest } = before;
  return rest;
}

test('all that came due while nobody looked is done by one look, in the order of its times', () => {
  const group = callAfter(createCommand(['bob', 'carol', 'dan']), here('alice'), answer('bob'), here('bob'));
  const lost = changed(decide(group, session('sessionLost', 'bob'), 40_000)).call;
  const { call, events } = changed(decide(lost, look, 40_000 + limits.reconnectGraceMs));
  expect(events.map((event) => [event.type, 'userId' in event ? event.userId : undefined])).toEqual([
    ['call.missed', 'carol'],
    ['call.missed', 'dan'],
    ['call.left', 'bob'],
  ]);
  expect(call).toMatchObject({ phase: 'active', aloneAt: 40_000 + limits.reconnectGraceMs });
  const over = changed(decide(call, look, limits.longestCallMs * 2));
  expect(over.call).toMatchObject({ phase: 'ended', reason: 'empty' });
});

test('what came due first ends the call, and what came due later is done with it', () => {
  const ringing = callAfter(createCommand());
  const { call, events } = changed(decide(ringing, look, limits.longestCallMs * 2));
  expect(call).toMatchObject({ phase: 'ended', reason: 'connection_lost' });
  expect(events.map(({ type }) => type)).toEqual(['call.left', 'call.ended']);
});

test.each([
  ['rings', callAfter(createCommand(), here('alice')), limits.ringTimeoutMs],
  ['waits for its people', callAfter(createCommand(), answer('bob')), limits.reconnectGraceMs],
  [
    'has one who is alone',
    callAfter(
      createCommand(['bob', 'carol']),
      answer('bob'),
      here('alice'),
      answer('carol'),
      ...['bob', 'carol'].map((userId): CallCommand => ({ name: 'leave', userId })),
    ),
    limits.emptyTimeoutMs,
  ],
])('a call of before these times were kept that %s has its whole time from the first look on', (_, call, ms) => {
  const before = withoutTimes(call);
  expect(nextDeadline(before)).toBe(call.createdAt);
  const looked = changed(decide(before, look, 50_000));
  expect(looked.events).toEqual([]);
  expect(looked.effects).toEqual([{ kind: 'look', at: 50_000 + ms }]);
  expect(nextDeadline(looked.call)).toBe(50_000 + ms);
});

test('any change notes the times that are missing', () => {
  const before = withoutTimes(callAfter(createCommand(['bob', 'carol']), here('alice')));
  const { call } = changed(decide(before, answer('bob'), 7_000));
  expect(participantOf(call, 'carol')).toMatchObject({ state: 'invited', rungSince: 7_000 });
  expect(deadlinesOf(call)[0]).toEqual({ kind: 'grace', userId: 'bob', at: 7_000 + limits.reconnectGraceMs });
});

test('holding and muting leave the times of all as they are', () => {
  const call = callAfter(createCommand(['bob', 'carol']), answer('bob'));
  const held = changed(decide(call, { name: 'hold', userId: 'bob', onHold: true }, 5_000));
  expect(held.effects).toEqual([]);
  expect(deadlinesOf(held.call)).toEqual(deadlinesOf(call));
});
