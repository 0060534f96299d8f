import { expect, test } from '@jest/globals';
import type { EndedCall } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { erased, historyEntry, recordOf } from '../../../../src/domain/call/record.ts';
import { callAfter, createCommand, limits, look, wait } from '../../../support/calls.ts';
import type { Wait } from '../../../support/calls.ts';

function over(...commands: readonly (CallCommand | Wait)[]): EndedCall {
  const call = callAfter(...commands);
  if (call.phase !== 'ended') throw new Error('it continues');
  return call;
}
const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const joined = (userId: string): CallCommand => ({
  name: 'sessionJoined',
  userId,
  deviceId: `${userId}-phone`,
  ownerTerm: 1,
});
const leave = (userId: string): CallCommand => ({ name: 'leave', userId });
const create = createCommand();

test.each([
  ['answered', [create, answer('bob'), leave('bob')], 'answered', 'answered', 'hangup'],
  ['declined', [create, { name: 'decline', userId: 'bob' }], 'declined', 'declined', 'declined'],
  ['cancelled', [create, { name: 'cancel', userId: 'alice' }], 'cancelled', 'missed', 'cancelled'],
  ['missed', [create, joined('alice'), wait(limits.ringTimeoutMs), look], 'missed', 'missed', 'missed'],
  ['caller lost', [create, wait(limits.reconnectGraceMs), look], 'failed', 'missed', 'connection_lost'],
  ['node lost', [create, { name: 'nodeLost', nodeId: create.nodeId }], 'failed', 'missed', 'node_lost'],
  ['ended by the app', [create, answer('bob'), { name: 'end' }], 'answered', 'answered', 'ended_by_app'],
  [
    'too long',
    [create, answer('bob'), joined('alice'), joined('bob'), wait(limits.longestCallMs), look],
    ...(['answered', 'answered', 'too_long'] as const),
  ],
] as const)('%s, for the caller and for the callee', (...[, commands, ofCaller, ofCallee, reason]) => {
  const record = recordOf(over(...commands));
  const [mine, theirs] = [historyEntry(record, 'alice'), historyEntry(record, 'bob')];
  expect(mine).toMatchObject({ direction: 'outgoing', outcome: ofCaller, reason, caller: 'alice', others: ['bob'] });
  expect(theirs).toMatchObject({
    direction: 'incoming',
    outcome: ofCallee,
    reason,
    caller: 'alice',
    others: ['alice'],
  });
  expect(historyEntry(record, 'mallory')).toBeUndefined();
});

test('in a group each participant has their own outcome and duration', () => {
  const group = createCommand(['bob', 'carol', 'dan']);
  const record = recordOf(
    over(group, answer('bob'), answer('carol'), { name: 'decline', userId: 'dan' }, leave('bob'), {
      name: 'end',
      by: 'alice',
    }),
  );
  // Commands are a millisecond apart: answered at 1001.
  const told = ['alice', 'bob', 'carol', 'dan'].map((name) => historyEntry(record, name));
  expect(told.map((entry) => [entry?.outcome, entry?.durationMs])).toEqual([
    ['answered', 4],
    ['answered', 3],
    ['answered', 3],
    ['declined', 0],
  ]);
});

test('talk time counts only the time in the call for late and returning participants', () => {
  const group = createCommand(['bob', 'carol']);
  const rejoin = (userId: string): CallCommand => ({ name: 'rejoin', userId, deviceId: `${userId}-phone` });
  const commands = [group, answer('bob'), leave('bob'), answer('carol'), rejoin('bob'), leave('bob'), leave('carol')];
  const record = recordOf(over(...commands, { name: 'end', by: 'alice' }));
  const told = ['alice', 'bob', 'carol'].map((name) => historyEntry(record, name)?.durationMs);
  expect(told).toEqual([6, 2, 3]);
});

test('a user removed while ringing missed the call, and one who declined has declined', () => {
  const group = createCommand(['bob', 'carol', 'dan']);
  const remove = (targetId: string): CallCommand => ({ name: 'remove', userId: 'alice', targetId });
  const call = callAfter(group, answer('bob'), { name: 'decline', userId: 'dan' }, remove('carol'));
  expect(decide(call, remove('dan'), 9)).toEqual({ outcome: 'refused', code: 'not_joined' });
  const record = recordOf(over(group, answer('bob'), remove('carol'), { name: 'end', by: 'alice' }));
  expect(historyEntry(record, 'carol')).toMatchObject({ outcome: 'missed', durationMs: 0 });
});

test('a record contains who, when, how long and why, but no devices, nodes or sessions', () => {
  const record = recordOf(over(create, answer('bob'), leave('alice')));
  expect(Object.keys(record).sort()).toEqual(
    ['answeredAt', 'callId', 'endedAt', 'media', 'participants', 'reason', 'startedAt'].sort(),
  );
  expect(record.participants.map((one) => Object.keys(one).sort())).toEqual(
    record.participants.map(() => ['leftAt', 'reason', 'talkedMs', 'userId']),
  );
  expect(JSON.stringify(record)).not.toMatch(/phone|node_/);
});

test('an erased user becomes anonymous, and the others see the same call', () => {
  const record = erased(recordOf(over(create, answer('bob'), leave('bob'))), 'alice');
  expect(historyEntry(record, 'alice')).toBeUndefined();
  expect(historyEntry(record, 'bob')).toMatchObject({ direction: 'incoming', caller: null, others: [null] });
});

test('an unanswered call has no answer time, and a user who never joined has no talk time', () => {
  const record = recordOf(over(create, { name: 'decline', userId: 'bob' }));
  expect(record).toStrictEqual({
    callId: create.callId,
    media: 'video',
    startedAt: 1_000,
    endedAt: 1_001,
    reason: 'declined',
    participants: [
      { userId: 'alice', reason: 'call_ended', leftAt: 1_001, talkedMs: 0 },
      { userId: 'bob', reason: 'declined', leftAt: 1_001 },
    ],
  });
  expect(historyEntry(record, 'bob')).not.toHaveProperty('answeredAt');
});

test('the caller comes first, whoever is host at the end', () => {
  const group = createCommand(['bob', 'carol']);
  const call = over(group, answer('bob'), answer('carol'), leave('alice'), { name: 'end', by: 'bob' });
  const record = recordOf(call);
  expect(record.participants.map(({ userId }) => userId)).toEqual(['alice', 'bob', 'carol']);
  expect(historyEntry(record, 'carol')).toMatchObject({ caller: 'alice', others: ['alice', 'bob'] });
});
