import { describe, expect, test } from '@jest/globals';
import { admissionOf } from '../../../../src/domain/media/admission.ts';
import { participantOf } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { callAfter, callIn, changed, createCommand, withoutPace } from '../../../support/calls.ts';

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const block = (userId: string, targetId: string): CallCommand => ({ name: 'block', userId, targetId });

describe('a block in a call of two looks like an ordinary ending', () => {
  test.each([
    ['the caller', 'ringing', block('alice', 'bob'), { name: 'cancel', userId: 'alice' }],
    ['the callee', 'ringing', block('bob', 'alice'), { name: 'decline', userId: 'bob' }],
    ['the caller', 'active', block('alice', 'bob'), { name: 'leave', userId: 'alice' }],
    ['the callee', 'active', block('bob', 'alice'), { name: 'leave', userId: 'bob' }],
  ] as const)('by %s, %s', (_who, phase, blocking, same) => {
    expect(decide(callIn[phase], blocking, 9)).toEqual(decide(callIn[phase], same, 9));
  });
});

describe('a block in a group', () => {
  const group = callAfter(createCommand(['bob', 'carol']), answer('bob'), answer('carol'));

  test('removes the blocked user, and the call continues', () => {
    const { call, events } = changed(decide(group, block('bob', 'carol'), 9));
    expect(call.phase).toBe('active');
    expect(events).toMatchObject([{ type: 'call.left', userId: 'carol', reason: 'removed' }]);
  });

  test('removes nobody from their own call: a user who blocks the host leaves', () => {
    const { call, events } = changed(decide(group, block('bob', 'alice'), 9));
    expect(call.phase).toBe('active');
    expect(events).toMatchObject([{ type: 'call.left', userId: 'bob', reason: 'left' }]);
    const ringing = callAfter(createCommand(['bob', 'carol']));
    expect(changed(decide(ringing, block('bob', 'alice'), 9)).events).toMatchObject([
      { type: 'call.declined', userId: 'bob' },
    ]);
    expect(changed(decide(ringing, block('alice', 'bob'), 9)).events).toMatchObject([
      { type: 'call.left', userId: 'bob', reason: 'removed' },
    ]);
  });

  test('by a ringing user removes only that user', () => {
    const ringing = callAfter(createCommand(['bob', 'carol', 'dan']), answer('bob'), answer('carol'));
    expect(changed(decide(ringing, block('dan', 'carol'), 9)).events).toMatchObject([
      { type: 'call.declined', userId: 'dan' },
    ]);
  });

  test('changes nothing if one of the two is not in the call', () => {
    const nothing = { outcome: 'ignored', why: 'repeated' };
    expect(decide(group, block('bob', 'mallory'), 9)).toEqual(nothing);
    expect(decide(group, block('mallory', 'bob'), 9)).toEqual(nothing);
    const without = changed(decide(group, block('bob', 'carol'), 9)).call;
    expect(decide(without, block('bob', 'carol'), 9)).toEqual(nothing);
  });
});

describe('on hold', () => {
  const hold = (userId: string, onHold: boolean): CallCommand => ({ name: 'hold', userId, onHold });

  test('no media flows for the participant, who otherwise stays in the call unchanged', () => {
    const { call, events, effects } = changed(decide(callIn.active, hold('bob', true), 9));
    expect(events).toMatchObject([{ type: 'call.held', userId: 'bob' }]);
    expect(effects).toEqual([]);
    expect(admissionOf(call)).toMatchObject({
      flowing: true,
      onHold: new Set(['bob']),
      admitted: [{ userId: 'alice' }, { userId: 'bob' }],
    });
    const again = changed(decide(call, hold('bob', false), 10));
    expect(again.events).toMatchObject([{ type: 'call.unheld', userId: 'bob' }]);
    expect(withoutPace(again.call)).toEqual(callIn.active.participants);
    expect(admissionOf(again.call).onHold.size).toBe(0);
  });

  test('repeating changes nothing, and only participants may do it', () => {
    expect(decide(callIn.active, hold('bob', false), 9)).toEqual({ outcome: 'ignored', why: 'repeated' });
    expect(decide(callIn.ringing, hold('bob', true), 9)).toEqual({ outcome: 'refused', code: 'not_joined' });
    expect(decide(callIn.active, hold('mallory', true), 9)).toEqual({ outcome: 'refused', code: 'call_not_found' });
  });

  test('a participant who rejoins is not on hold', () => {
    const commands = [createCommand(['bob', 'carol']), answer('bob'), answer('carol'), hold('bob', true)];
    const back = callAfter(
      ...commands,
      { name: 'leave', userId: 'bob' },
      { name: 'rejoin', userId: 'bob', deviceId: 'bob-phone' },
    );
    expect(participantOf(back, 'bob')).not.toHaveProperty('onHold');
  });
});
