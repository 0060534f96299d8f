/** When a call is looked at, and what a look does. */
import { describe, expect, test } from '@jest/globals';
import { isAlone, participantOf } from '../../../../src/domain/call/call.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { deadlinesOf, nextDeadline, timerEffects, withTimeAnew } from '../../../../src/domain/call/deadlines.ts';
import { callAfter, changed, createCommand, limits, look } from '../../../support/calls.ts';

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const session = (name: 'sessionJoined' | 'sessionLost', userId: string): CallCommand => ({
  name,
  userId,
  ownerTerm: 1,
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

test('one check handles everything that became due, in the order of its times', () => {
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

test('the first due deadline ends the call, and later ones are handled with it', () => {
  const ringing = callAfter(createCommand());
  const { call, events } = changed(decide(ringing, look, limits.longestCallMs * 2));
  expect(call).toMatchObject({ phase: 'ended', reason: 'connection_lost' });
  expect(events.map(({ type }) => type)).toEqual(['call.left', 'call.ended']);
});

test.each([
  ['rings', callAfter(createCommand(), here('alice')), limits.ringTimeoutMs],
  ['waits for its participants to connect', callAfter(createCommand(), answer('bob')), limits.reconnectGraceMs],
  [
    'has a lone participant',
    callAfter(
      createCommand(['bob', 'carol']),
      answer('bob'),
      here('alice'),
      answer('carol'),
      ...['bob', 'carol'].map((userId): CallCommand => ({ name: 'leave', userId })),
    ),
    limits.emptyTimeoutMs,
  ],
])('a call from before these times were stored that %s gets its full time from the first check', (_, call, ms) => {
  const before = withoutTimes(call);
  expect(nextDeadline(before)).toBe(call.createdAt);
  const looked = changed(decide(before, look, 50_000));
  expect(looked.events).toEqual([]);
  expect(looked.effects).toEqual([{ kind: 'look', at: 50_000 + ms }]);
  expect(nextDeadline(looked.call)).toBe(50_000 + ms);
});

test('any change stores the missing times', () => {
  const before = withoutTimes(callAfter(createCommand(['bob', 'carol']), here('alice')));
  const { call } = changed(decide(before, answer('bob'), 7_000));
  expect(participantOf(call, 'carol')).toMatchObject({ state: 'invited', rungSince: 7_000 });
  expect(deadlinesOf(call)[0]).toEqual({ kind: 'grace', userId: 'bob', at: 7_000 + limits.reconnectGraceMs });
});

test('hold and mute leave all times unchanged', () => {
  const call = callAfter(createCommand(['bob', 'carol']), answer('bob'));
  const held = changed(decide(call, { name: 'hold', userId: 'bob', onHold: true }, 5_000));
  expect(held.effects).toEqual([]);
  expect(deadlinesOf(held.call)).toEqual(deadlinesOf(call));
});

test('nothing is due for connected or gone participants, and no time is stored for them', () => {
  const group = callAfter(createCommand(['bob', 'carol']), here('alice'), answer('bob'), here('bob'));
  const { call } = changed(decide(group, { name: 'leave', userId: 'bob' }, 5_000));
  const base = { state: 'gone', role: 'member' };
  expect(participantOf(call, 'bob')).toStrictEqual({
    ...base,
    userId: 'bob',
    era: call.version,
    reason: 'left',
    leftAt: 5_000,
    talkedMs: 3_998,
  });
  expect(participantOf(call, 'alice')).not.toHaveProperty('expectedSince');
  expect(deadlinesOf(call).map(({ kind }) => kind)).toEqual(['ring', 'longest']);
});

test('one check stores the missing times beside known ones', () => {
  const all = callAfter(createCommand(['bob', 'carol', 'dan']), answer('bob'), here('alice'));
  const half: Call = {
    ...all,
    participants: all.participants.map((one) => {
      if (one.state !== 'joined' || one.userId !== 'bob') return one;
      const { expectedSince: _, ...rest } = one;
      return rest;
    }),
  };
  const { call } = changed(decide(half, look, 2_000));
  expect(participantOf(call, 'bob')).toMatchObject({ expectedSince: 2_000 });
  expect(participantOf(call, 'carol')).toMatchObject({ rungSince: 1_000 });
  const lost = changed(
    decide(half, { name: 'sessionLost', userId: 'alice', deviceId: 'alice-phone', ownerTerm: 1 }, 1_500),
  );
  expect(participantOf(lost.call, 'alice')).toMatchObject({ expectedSince: 1_500 });
});

test('a new era restarts the time, and the same era keeps it', () => {
  const call = callAfter(createCommand(['bob', 'carol']), answer('bob'));
  const held = changed(decide(call, { name: 'hold', userId: 'bob', onHold: true }, 9_000)).call;
  expect(participantOf(held, 'bob')).toMatchObject({ expectedSince: 1_001 });
  const back = changed(decide(held, here('bob'), 9_001)).call;
  const lost = changed(decide(back, session('sessionLost', 'bob'), 9_002)).call;
  expect(participantOf(lost, 'bob')).toMatchObject({ expectedSince: 9_002 });
});

describe('a lost call that is restored', () => {
  const now = 99_000;
  const group = callAfter(createCommand(['bob', 'carol']), here('alice'), answer('bob'));

  test('gives disconnected participants their full time again and changes nothing else', () => {
    const back = withTimeAnew(group, now);
    expect(participantOf(back, 'bob')).toMatchObject({ expectedSince: now });
    expect(participantOf(back, 'alice')).toStrictEqual(participantOf(group, 'alice'));
    expect(participantOf(back, 'carol')).toStrictEqual(participantOf(group, 'carol'));
    expect(back).not.toHaveProperty('aloneAt');
  });

  test('gives a lone participant their full time again', () => {
    const alone = [here('bob'), { name: 'decline', userId: 'carol' }, { name: 'leave', userId: 'alice' }] as const;
    const call = alone.reduce<Call>((before, step) => changed(decide(before, step, 7_000)).call, group);
    expect(call).toMatchObject({ aloneAt: 7_000 });
    expect(withTimeAnew(call, now)).toStrictEqual({ ...call, aloneAt: now });
  });

  test('stays unchanged if it has ended', () => {
    const over = changed(decide(group, { name: 'end' }, 7_000)).call;
    expect(withTimeAnew(over, now)).toBe(over);
  });
});

test('a check is requested once: the same deadline is not scheduled twice, and an ended call has none', () => {
  const ringing = callAfter(createCommand(['bob', 'carol']));
  const at = nextDeadline(ringing) ?? 0;
  expect(timerEffects(undefined, ringing)).toEqual([{ kind: 'look', at }]);
  expect(timerEffects(ringing, ringing)).toEqual([]);
  const over = changed(decide(ringing, { name: 'end' }, 7_000)).call;
  expect(timerEffects(ringing, over)).toEqual([{ kind: 'rest' }]);
  expect(deadlinesOf(over)).toEqual([]);
});
