/** Whether the aim of a command is reached already, asked when the owner of a call did not answer. */
import { expect, test } from '@jest/globals';
import { transitions } from '../../../../src/domain/call/commands.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { callAfter, callIn, createCommand } from '../../../support/calls.ts';

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const all = [createCommand(['bob', 'carol']), answer('bob'), answer('carol')];
const three = callAfter(...all);
const withoutBob = callAfter(...all, { name: 'leave', userId: 'bob' });

test('leave and decline are done for a participant who has left', () => {
  for (const { isDone } of [transitions.leave, transitions.decline]) {
    expect(isDone?.(withoutBob, { userId: 'bob' })).toBe(true);
    expect(isDone?.(withoutBob, { userId: 'carol' })).toBe(false);
    expect(isDone?.(withoutBob, { userId: 'mallory' })).toBe(false);
  }
});

test('cancel is done for a participant of an ended call', () => {
  const { isDone } = transitions.cancel;
  expect(isDone?.(callIn.ended, { userId: 'alice' })).toBe(true);
  expect(isDone?.(callIn.ended, { userId: 'mallory' })).toBe(false);
  expect(isDone?.(callIn.ringing, { userId: 'alice' })).toBe(false);
});

test('end is done for the app or a participant of an ended call', () => {
  const { isDone } = transitions.end;
  expect(isDone?.(callIn.ended, {})).toBe(true);
  expect(isDone?.(callIn.ended, { by: 'alice' })).toBe(true);
  expect(isDone?.(callIn.ended, { by: 'mallory' })).toBe(false);
  expect(isDone?.(three, {})).toBe(false);
  expect(isDone?.(three, { by: 'alice' })).toBe(false);
});

test('remove is done for a participant if the target has left', () => {
  const { isDone } = transitions.remove;
  expect(isDone?.(withoutBob, { userId: 'alice', targetId: 'bob' })).toBe(true);
  expect(isDone?.(withoutBob, { userId: 'alice', targetId: 'carol' })).toBe(false);
  expect(isDone?.(withoutBob, { userId: 'mallory', targetId: 'bob' })).toBe(false);
});
