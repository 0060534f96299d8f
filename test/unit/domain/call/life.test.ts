/** The life of a call, told as stories. */
import { describe, expect, test } from '@jest/globals';
import { admissionOf, mayHoldSession } from '../../../../src/domain/media/admission.ts';
import { participantOf } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { nextDeadline } from '../../../../src/domain/call/deadlines.ts';
import { callAfter, callIn, changed, createCommand, limits, look, wait } from '../../../support/calls.ts';
import type { Wait } from '../../../support/calls.ts';

const answer = (userId: string, deviceId = `${userId}-phone`): CallCommand => ({ name: 'answer', userId, deviceId });
const joined = (userId: string): CallCommand => ({
  name: 'sessionJoined',
  userId,
  deviceId: `${userId}-phone`,
  ownerTerm: 1,
});
const lost = (userId: string): CallCommand => ({
  name: 'sessionLost',
  userId,
  deviceId: `${userId}-phone`,
  ownerTerm: 1,
});
const leave = (userId: string): CallCommand => ({ name: 'leave', userId });

describe('creating', () => {
  test('rings, and is checked when the caller should have connected', () => {
    const { call, events, effects } = changed(decide(undefined, createCommand(), 1000));
    expect(call).toMatchObject({ phase: 'ringing', version: 1, lastEvent: 1, visibility: 'private' });
    expect(events).toMatchObject([{ seq: 1, type: 'call.ringing', userId: 'alice', at: 1000 }]);
    expect(effects).toEqual([{ kind: 'look', at: 1000 + limits.reconnectGraceMs }]);
  });
});

describe('answering', () => {
  test('the first device wins, repeats are harmless, the second device is refused', () => {
    const call = callAfter(createCommand(), answer('bob', 'bob-laptop'));
    expect(decide(call, answer('bob', 'bob-laptop'), 1)).toEqual({ outcome: 'ignored', why: 'repeated' });
    expect(decide(call, answer('bob', 'bob-phone'), 1)).toEqual({ outcome: 'refused', code: 'answered_elsewhere' });
    expect(decide(call, answer('mallory'), 1)).toEqual({ outcome: 'refused', code: 'call_not_found' });
  });

  test('ends the wait for an answer when nobody rings any more', () => {
    const ringing = callAfter(createCommand(['bob', 'carol']), joined('alice'), answer('bob'), joined('bob'));
    expect(nextDeadline(ringing)).toBe(1000 + limits.ringTimeoutMs);
    const answered = changed(decide(ringing, answer('carol'), 2000));
    expect(answered.effects).toEqual([{ kind: 'look', at: 2000 + limits.reconnectGraceMs }]);
    const all = changed(decide(answered.call, joined('carol'), 2001));
    expect(all.effects).toEqual([{ kind: 'look', at: 1000 + limits.longestCallMs }]);
  });

  test('a declined or missed callee cannot answer later', () => {
    const call = callAfter(createCommand(['bob', 'carol']), { name: 'decline', userId: 'bob' });
    expect(decide(call, answer('bob'), 9)).toEqual({ outcome: 'refused', code: 'not_ringing' });
  });
});

describe('ending', () => {
  test.each<[string, (CallCommand | Wait)[], string]>([
    ['the caller cancels', [{ name: 'cancel', userId: 'alice' }], 'cancelled'],
    ['the caller hangs up while it rings', [leave('alice')], 'cancelled'],
    ['the only callee declines', [{ name: 'decline', userId: 'bob' }], 'declined'],
    ['nobody answers', [joined('alice'), wait(limits.ringTimeoutMs), look], 'missed'],
    ['one of two hangs up', [answer('bob'), leave('bob')], 'hangup'],
    ['the caller leaves', [answer('bob'), leave('alice')], 'hangup'],
    ['the host ends it', [answer('bob'), { name: 'end', by: 'alice' }], 'ended_by_host'],
    ['the app ends it', [answer('bob'), { name: 'end' }], 'ended_by_app'],
    [
      'it lasts too long',
      [answer('bob'), joined('alice'), joined('bob'), wait(limits.longestCallMs), look],
      'too_long',
    ],
    [
      'its node goes and nobody takes it over',
      [answer('bob'), { name: 'nodeLost', nodeId: createCommand().nodeId }],
      'node_lost',
    ],
    ['a caller never comes', [wait(limits.reconnectGraceMs), look], 'connection_lost'],
  ])('when %s, the call ends with its reason', (_, commands, reason) => {
    const call = callAfter(createCommand(), ...commands);
    expect(call).toMatchObject({ phase: 'ended', reason });
    expect(call.participants.map(({ state }) => state)).toEqual(['gone', 'gone']);
  });

  test('an ended call needs no check', () => {
    const { call, effects } = changed(decide(callAfter(createCommand(), answer('bob')), leave('bob'), 9));
    expect(effects).toEqual([{ kind: 'rest' }]);
    expect(nextDeadline(call)).toBeUndefined();
  });

  test('members cannot end for all, and only the caller can cancel', () => {
    const ringing = callAfter(createCommand());
    expect(decide(ringing, { name: 'cancel', userId: 'bob' }, 1)).toEqual({ outcome: 'refused', code: 'not_allowed' });
    expect(decide(ringing, { name: 'end', by: 'bob' }, 1)).toEqual({ outcome: 'refused', code: 'not_allowed' });
    expect(decide(ringing, { name: 'end', by: 'eve' }, 1)).toEqual({ outcome: 'refused', code: 'call_not_found' });
  });
});

test.each(['ringing', 'active', 'ended'] as const)('a call that is %s does not exist for a stranger', (phase) => {
  const commands: CallCommand[] = [
    answer('mallory'),
    { name: 'decline', userId: 'mallory' },
    { name: 'cancel', userId: 'mallory' },
    leave('mallory'),
    { name: 'end', by: 'mallory' },
  ];
  for (const command of commands) {
    expect(decide(callIn[phase], command, 9)).toEqual({ outcome: 'refused', code: 'call_not_found' });
  }
});

describe('a group', () => {
  const three = [createCommand(['bob', 'carol']), answer('bob'), answer('carol')] as const;

  test('a host who has left cannot end it for the others', () => {
    const without = callAfter(...three, leave('alice'));
    expect(decide(without, { name: 'end', by: 'alice' }, 9)).toEqual({ outcome: 'refused', code: 'not_allowed' });
  });

  test('continues when one leaves, and ends for the last one after a wait', () => {
    const two = callAfter(...three, joined('alice'), leave('bob'));
    expect(two.phase).toBe('active');
    const { call, effects } = changed(decide(two, leave('carol'), 2000));
    const endsAt = 2000 + limits.emptyTimeoutMs;
    expect(call).toMatchObject({ phase: 'active', aloneAt: 2000 });
    expect(effects).toEqual([{ kind: 'look', at: endsAt }]);
    expect(decide(call, look, endsAt - 1)).toEqual({ outcome: 'ignored', why: 'stale' });
    expect(changed(decide(call, look, endsAt)).call).toMatchObject({ phase: 'ended', reason: 'empty' });
  });

  test('callees who have not answered in time have missed it, and the others continue', () => {
    const commands = [createCommand(['bob', 'carol']), joined('alice'), answer('bob'), joined('bob')];
    const { call, events } = changed(decide(callAfter(...commands), look, 1000 + limits.ringTimeoutMs));
    expect(call.phase).toBe('active');
    expect(events).toMatchObject([{ type: 'call.missed', userId: 'carol' }]);
  });
});

describe('presence', () => {
  const talking = callAfter(createCommand(), answer('bob'), joined('alice'), joined('bob'));

  test('a lost session starts the grace, a resumed one ends it', () => {
    const away = changed(decide(talking, lost('bob'), 100));
    expect(participantOf(away.call, 'bob')).toMatchObject({ presence: 'lost', era: away.call.version });
    expect(away.effects).toEqual([{ kind: 'look', at: 100 + limits.reconnectGraceMs }]);
    const back = changed(decide(away.call, joined('bob'), 200));
    expect(back.effects).toEqual([{ kind: 'look', at: 1000 + limits.longestCallMs }]);
    expect(decide(back.call, look, 100 + limits.reconnectGraceMs)).toEqual({ outcome: 'ignored', why: 'stale' });
  });

  test('a participant who does not return within the grace has left', () => {
    const away = callAfter(createCommand(), answer('bob'), joined('alice'), joined('bob'), lost('bob'));
    const over = changed(decide(away, look, 2000 + limits.reconnectGraceMs));
    expect(over.call).toMatchObject({ phase: 'ended', reason: 'connection_lost' });
    expect(over.events.map(({ type }) => type)).toEqual(['call.left', 'call.ended']);
  });

  test('a session opened before the answer does not make its user present', () => {
    expect(decide(callAfter(createCommand()), joined('bob'), 5)).toEqual({ outcome: 'ignored', why: 'stale' });
  });
});

describe('admission', () => {
  test('no media flows while it rings; then only the device that answered is admitted', () => {
    const ringing = callAfter(createCommand());
    expect(admissionOf(ringing).flowing).toBe(false);
    expect(mayHoldSession(ringing, { userId: 'bob', deviceId: 'any-device' })).toBe(true);
    const active = callAfter(createCommand(), answer('bob'));
    expect(admissionOf(active)).toMatchObject({ flowing: true, version: 2 });
    expect(mayHoldSession(active, { userId: 'bob', deviceId: 'bob-tablet' })).toBe(false);
    expect(mayHoldSession(active, { userId: 'bob', deviceId: 'bob-phone' })).toBe(true);
    expect(mayHoldSession(active, { userId: 'eve', deviceId: 'eve-phone' })).toBe(false);
  });
});

test('a change lists who was added to the call, by joining or ringing, and who was removed', () => {
  const created = changed(decide(undefined, createCommand(['bob', 'carol']), 1_000));
  expect([created.entered, created.gone]).toEqual([['alice', 'bob', 'carol'], []]);
  const answered = changed(decide(created.call, { name: 'answer', userId: 'bob', deviceId: 'bob-phone' }, 1_001));
  expect([answered.entered, answered.gone]).toEqual([[], []]);
  const left = changed(decide(answered.call, { name: 'leave', userId: 'bob' }, 1_002));
  expect([left.entered, left.gone]).toEqual([[], ['bob']]);
  const invited = changed(decide(left.call, { name: 'invite', userId: 'alice', invitees: ['bob', 'dan'] }, 1_003));
  expect([invited.entered, invited.gone]).toEqual([['bob', 'dan'], []]);
  const over = changed(decide(invited.call, { name: 'end' }, 1_004));
  expect([over.entered, over.gone]).toEqual([[], ['alice', 'bob', 'carol', 'dan']]);
});
