/** Groups: asking others in, moderating, coming back. */
import { describe, expect, test } from '@jest/globals';
import { mayHoldSession } from '../../../../src/domain/media/admission.ts';
import { callerOf, participantOf } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { nextDeadline } from '../../../../src/domain/call/deadlines.ts';
import { callAfter, changed, createCommand, limits, look, wait, withoutPace } from '../../../support/calls.ts';
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

describe('inviting', () => {
  const invite = (userId: string, ...invitees: string[]): CallCommand => ({ name: 'invite', userId, invitees });
  const two = callAfter(createCommand(), answer('bob'));

  test('rings the invitees for a time of their own, whichever participant invites', () => {
    const here = callAfter(createCommand(), answer('bob'), joined('alice'), joined('bob'));
    const { call, events, effects } = changed(decide(here, invite('bob', 'carol', 'dan', 'carol', 'alice'), 500));
    expect(events).toMatchObject([
      { type: 'call.invited', userId: 'carol', by: 'bob' },
      { type: 'call.invited', userId: 'dan', by: 'bob' },
    ]);
    const endsAt = 500 + limits.ringTimeoutMs;
    expect(effects).toEqual([{ kind: 'look', at: endsAt }]);
    expect(decide(call, look, endsAt - 1)).toEqual({ outcome: 'ignored', why: 'stale' });
    const missed = changed(decide(call, look, endsAt));
    expect(missed.call.phase).toBe('active');
    expect(missed.events.map(({ type }) => type)).toEqual(['call.missed', 'call.missed']);
  });

  test('turns a call of two into a group that does not end when one leaves', () => {
    const commands = [createCommand(), answer('bob'), invite('alice', 'carol'), answer('carol')];
    expect(callAfter(...commands, leave('bob')).phase).toBe('active');
    const alone = callAfter(...commands, leave('bob'), leave('alice'));
    expect(alone).toMatchObject({ phase: 'active', aloneAt: 1005 });
    expect(callAfter(createCommand(), answer('bob'), invite('alice', 'carol'), leave('bob')).phase).toBe('active');
  });

  test('invites somebody who left again, and a lone participant waits for them', () => {
    const both = [answer('bob'), answer('carol'), leave('bob'), leave('carol')];
    const commands = [createCommand(['bob', 'carol']), joined('alice'), ...both];
    const alone = callAfter(...commands);
    const { call, effects } = changed(decide(alone, invite('alice', 'bob'), 700));
    expect(participantOf(call, 'bob')).toEqual({
      userId: 'bob',
      role: 'member',
      state: 'invited',
      invitedBy: 'alice',
      era: call.version,
      talkedMs: 2,
      rungSince: 700,
    });
    expect(effects).toEqual([{ kind: 'look', at: 700 + limits.ringTimeoutMs }]);
    const declined = changed(decide(call, { name: 'decline', userId: 'bob' }, 800)).call;
    expect(declined).toMatchObject({ phase: 'active', aloneAt: 800 });
    expect(callAfter(...commands, invite('alice', 'bob'), answer('bob', 'bob-tablet')).phase).toBe('active');
  });

  test('is allowed to participants only, up to the limit of the call', () => {
    expect(decide(callAfter(createCommand(['bob', 'carol'])), invite('bob', 'dan'), 9)).toEqual({
      outcome: 'refused',
      code: 'not_joined',
    });
    expect(decide(two, invite('mallory', 'dan'), 9)).toEqual({ outcome: 'refused', code: 'call_not_found' });
    expect(decide(two, invite('bob', 'alice'), 9)).toEqual({ outcome: 'ignored', why: 'repeated' });
    const full = callAfter(createCommand(), answer('bob'), invite('bob', 'c', 'd', 'e'));
    expect(decide(full, invite('bob', 'f'), 9)).toEqual({ outcome: 'refused', code: 'call_full' });
    expect(decide(undefined, createCommand(['b', 'c', 'd', 'e', 'f']), 9)).toEqual({
      outcome: 'refused',
      code: 'call_full',
    });
  });

  test('a call that keeps inviting users who do not come becomes full', () => {
    let call = two;
    let asked = 0;
    for (;;) {
      const decision = decide(call, invite('bob', `guest-${asked}`), 9);
      if (decision.outcome !== 'changed') {
        expect(decision).toEqual({ outcome: 'refused', code: 'call_full' });
        break;
      }
      call = changed(decide(decision.call, { name: 'decline', userId: `guest-${asked}` }, 9)).call;
      asked += 1;
    }
    expect(asked).toBe(limits.mostParticipants * 4 - 2);
    // Whoever was asked before takes no further place.
    expect(decide(call, invite('bob', 'guest-0'), 9)).toMatchObject({ outcome: 'changed' });
  });
});

describe('the host', () => {
  const three = [createCommand(['bob', 'carol']), answer('bob'), answer('carol')] as const;
  const by = (name: 'mute' | 'remove', userId: string, targetId: string): CallCommand => ({ name, userId, targetId });

  test('is followed by the participant who has been in the call longest', () => {
    const { call, events } = changed(decide(callAfter(...three), leave('alice'), 50));
    expect(events.map(({ type, ...fact }) => ('userId' in fact ? `${type} ${fact.userId}` : type))).toEqual([
      ...['call.left alice', 'call.host_changed bob'],
    ]);
    expect(call.participants.map(({ role }) => role)).toEqual(['member', 'host', 'member']);
    expect(changed(decide(call, { name: 'end', by: 'bob' }, 60)).call).toMatchObject({ reason: 'ended_by_host' });
    const back = callAfter(...three, leave('alice'), { name: 'rejoin', userId: 'alice', deviceId: 'alice-tablet' });
    expect(back.participants.map(({ role }) => role)).toEqual(['member', 'host', 'member']);
    expect(callerOf(back)).toBe('alice');
  });

  test('a change of host leaves the times of those who stay unchanged', () => {
    const before = callAfter(...three);
    const { call } = changed(decide(before, leave('alice'), 50));
    expect(participantOf(call, 'bob')).toMatchObject({ role: 'host', expectedSince: 1001 });
    expect(nextDeadline(call)).toBe(1001 + limits.reconnectGraceMs);
  });

  test('mutes participants, which changes nothing except the event', () => {
    const before = callAfter(...three);
    const { call, events } = changed(decide(before, by('mute', 'alice', 'bob'), 50));
    expect(events).toMatchObject([{ type: 'call.muted', userId: 'bob', by: 'alice' }]);
    expect(withoutPace(call)).toEqual(before.participants);
    expect(decide(callAfter(createCommand(['bob', 'carol']), answer('bob')), by('mute', 'alice', 'carol'), 9)).toEqual({
      outcome: 'refused',
      code: 'not_joined',
    });
  });

  test('removes joined or ringing participants, which ends a call of two', () => {
    const without = callAfter(...three, by('remove', 'alice', 'bob'));
    expect(without.phase).toBe('active');
    expect(participantOf(without, 'bob')).toMatchObject({ state: 'gone', reason: 'removed' });
    expect(decide(without, by('remove', 'alice', 'bob'), 9)).toEqual({ outcome: 'ignored', why: 'repeated' });
    const ringing = callAfter(createCommand(['bob', 'carol']), by('remove', 'alice', 'bob'));
    expect(ringing.phase).toBe('ringing');
    expect(callAfter(createCommand(), by('remove', 'alice', 'bob'))).toMatchObject({ reason: 'cancelled' });
    expect(callAfter(createCommand(), answer('bob'), by('remove', 'alice', 'bob'))).toMatchObject({
      phase: 'ended',
      reason: 'ended_by_host',
    });
  });

  test.each(['mute', 'remove'] as const)('is the only one who may %s, and not themselves', (name) => {
    const call = callAfter(...three);
    for (const [userId, targetId] of [
      ['bob', 'carol'],
      ['bob', 'alice'],
      ['alice', 'alice'],
    ] as const) {
      expect(decide(call, by(name, userId, targetId), 9)).toEqual({ outcome: 'refused', code: 'not_allowed' });
    }
    expect(decide(call, by(name, 'alice', 'eve'), 9)).toEqual({ outcome: 'refused', code: 'not_joined' });
  });
});

describe('rejoining', () => {
  const here = [joined('alice'), joined('bob'), joined('carol')];
  const group = [createCommand(['bob', 'carol', 'dan']), answer('bob'), answer('carol'), ...here] as const;
  const rejoin = (userId: string, deviceId = `${userId}-tablet`): CallCommand => ({ name: 'rejoin', userId, deviceId });

  test.each<[string, (CallCommand | Wait)[]]>([
    ['left', [leave('bob')]],
    ['lost the connection', [lost('bob'), wait(limits.reconnectGraceMs), look]],
    ['declined', [{ name: 'decline', userId: 'dan' }]],
    ['missed', [wait(limits.ringTimeoutMs), look]],
  ])('is allowed to a participant who %s, also with another device', (_, commands) => {
    const userId = JSON.stringify(commands).includes('bob') ? 'bob' : 'dan';
    const without = callAfter(...group, ...commands);
    const { call, events, effects } = changed(decide(without, rejoin(userId), 900));
    expect(events).toMatchObject([{ type: 'call.rejoined', userId }]);
    expect(participantOf(call, userId)).toMatchObject({ state: 'joined', deviceId: `${userId}-tablet`, joinedAt: 900 });
    expect(effects).toEqual([{ kind: 'look', at: 900 + limits.reconnectGraceMs }]);
    expect(mayHoldSession(call, { userId, deviceId: `${userId}-tablet` })).toBe(true);
  });

  test('ends the wait of a lone participant', () => {
    const alone = callAfter(...group, wait(limits.ringTimeoutMs), look, leave('bob'), leave('carol'));
    expect(alone).toHaveProperty('aloneAt');
    const { call, effects } = changed(decide(alone, rejoin('bob'), 900));
    expect(call).not.toHaveProperty('aloneAt');
    expect(effects).toEqual([{ kind: 'look', at: 900 + limits.reconnectGraceMs }]);
  });

  test('is refused to a removed participant unless they are invited again', () => {
    const commands = [...group, { name: 'remove', userId: 'alice', targetId: 'bob' } as const];
    expect(decide(callAfter(...commands), rejoin('bob'), 9)).toEqual({ outcome: 'refused', code: 'not_allowed' });
    const again = callAfter(...commands, { name: 'invite', userId: 'carol', invitees: ['bob'] });
    expect(changed(decide(again, rejoin('bob'), 9)).events).toMatchObject([{ type: 'call.answered' }]);
  });

  test('needs room, an answered call, and one device', () => {
    const full = callAfter(...group, leave('bob'), { name: 'invite', userId: 'alice', invitees: ['e', 'f'] });
    expect(decide(full, rejoin('bob'), 9)).toEqual({ outcome: 'refused', code: 'call_full' });
    const ringing = callAfter(createCommand(['bob', 'carol']), { name: 'decline', userId: 'bob' });
    expect(decide(ringing, rejoin('bob'), 9)).toEqual({ outcome: 'refused', code: 'not_ringing' });
    const back = callAfter(...group, leave('bob'), rejoin('bob'));
    expect(decide(back, rejoin('bob'), 9)).toEqual({ outcome: 'ignored', why: 'repeated' });
    expect(decide(back, rejoin('bob', 'bob-phone'), 9)).toEqual({ outcome: 'refused', code: 'answered_elsewhere' });
    expect(decide(back, rejoin('mallory'), 9)).toEqual({ outcome: 'refused', code: 'call_not_found' });
  });
});
