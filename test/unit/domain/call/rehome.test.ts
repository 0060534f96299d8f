/** Calls whose node dies or goes, told as stories. */
import { describe, expect, test } from '@jest/globals';
import { participantOf } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { callAfter, callIn, changed, createCommand, limits, look } from '../../../support/calls.ts';

const from = createCommand().nodeId;
const rehome = (handover: boolean): CallCommand => ({ name: 'rehome', from, to: 'node_second', handover });
const report = (name: 'sessionJoined' | 'sessionLost', userId: string, ownerTerm: number): CallCommand => ({
  name,
  userId,
  ownerTerm,
  deviceId: `${userId}-phone`,
});
const talking = callAfter(
  createCommand(),
  { name: 'answer', userId: 'bob', deviceId: 'bob-phone' },
  report('sessionJoined', 'alice', 1),
  report('sessionJoined', 'bob', 1),
);

describe('a dead node', () => {
  test('leaves its calls to another, and every connected participant gets the grace to return', () => {
    const { call, events, effects } = changed(decide(talking, rehome(false), 9000));
    expect(call).toMatchObject({ phase: 'active', nodeId: 'node_second', ownerTerm: 2 });
    for (const userId of ['alice', 'bob']) {
      expect(participantOf(call, userId)).toMatchObject({ presence: 'lost', era: call.version });
    }
    expect(effects).toEqual([{ kind: 'look', at: 9000 + limits.reconnectGraceMs }]);
    expect(events).toMatchObject([
      { type: 'call.moved' },
      { type: 'call.reconnecting', userId: 'alice' },
      { type: 'call.reconnecting', userId: 'bob' },
    ]);
    expect(JSON.stringify(events)).not.toContain('node_');
  });

  test('leaves a ringing call ringing, with the same time to answer', () => {
    const { call, effects } = changed(decide(callIn.ringing, rehome(false), 9000));
    expect(call).toMatchObject({ phase: 'ringing', nodeId: 'node_second', ownerTerm: 2 });
    expect(participantOf(call, 'bob')).toEqual(participantOf(callIn.ringing, 'bob'));
    // Who had not come yet has the rest of the time that they had.
    expect(effects).toEqual([]);
  });

  test('is seen by many, and its call moves once', () => {
    const { call } = changed(decide(talking, rehome(false), 9000));
    expect(decide(call, rehome(false), 9001)).toEqual({ outcome: 'ignored', why: 'stale' });
    expect(decide(call, { name: 'rehome', from, to: 'node_third', handover: false }, 9001).outcome).toBe('ignored');
    expect(decide(talking, { name: 'rehome', from, to: from, handover: false }, 9001).outcome).toBe('ignored');
    expect(decide(callIn.ended, rehome(false), 9001)).toEqual({ outcome: 'ignored', why: 'ended' });
  });

  test('cannot report on its former sessions any more', () => {
    const { call } = changed(decide(talking, rehome(false), 9000));
    const back = changed(decide(call, report('sessionJoined', 'alice', 2), 9001)).call;
    expect(decide(back, report('sessionLost', 'alice', 1), 9002)).toEqual({ outcome: 'ignored', why: 'stale' });
    expect(decide(back, report('sessionJoined', 'bob', 1), 9002)).toEqual({ outcome: 'ignored', why: 'stale' });
    expect(changed(decide(back, report('sessionLost', 'alice', 2), 9002)).call).toMatchObject({ ownerTerm: 2 });
  });
});

describe('a node that hands over', () => {
  test('keeps everybody connected', () => {
    const { call, events, effects } = changed(decide(talking, rehome(true), 9000));
    expect(call).toMatchObject({ nodeId: 'node_second', ownerTerm: 2 });
    for (const userId of ['alice', 'bob']) {
      expect(participantOf(call, userId)).toMatchObject({ presence: 'connected', movesFrom: 1, era: call.version });
    }
    expect(events.map(({ type }) => type)).toEqual(['call.moved']);
    expect(effects).toEqual([{ kind: 'look', at: 9000 + limits.reconnectGraceMs }]);
  });

  test('is ignored about participants who have moved, and believed about the others', () => {
    const handed = changed(decide(talking, rehome(true), 9000)).call;
    const moved = changed(decide(handed, report('sessionJoined', 'alice', 2), 9001));
    expect(moved.events).toEqual([]);
    expect(participantOf(moved.call, 'alice')).not.toHaveProperty('movesFrom');
    expect(participantOf(moved.call, 'alice')).not.toHaveProperty('expectedSince');
    expect(decide(moved.call, report('sessionLost', 'alice', 1), 9002)).toEqual({ outcome: 'ignored', why: 'stale' });
    const lost = changed(decide(moved.call, report('sessionLost', 'bob', 1), 9002));
    expect(participantOf(lost.call, 'bob')).toMatchObject({ presence: 'lost', era: lost.call.version });
    expect(lost.events).toMatchObject([{ type: 'call.reconnecting', userId: 'bob' }]);
  });

  test('and dies meanwhile: participants who have not moved in time are lost, and leave after another grace', () => {
    const handed = changed(decide(talking, rehome(true), 9000)).call;
    const lost = changed(decide(handed, look, 9000 + limits.reconnectGraceMs)).call;
    expect(participantOf(lost, 'bob')).toMatchObject({ presence: 'lost' });
    expect(decide(lost, look, 9000 + limits.reconnectGraceMs)).toEqual({ outcome: 'ignored', why: 'stale' });
    const over = changed(decide(lost, look, 9000 + 2 * limits.reconnectGraceMs)).call;
    expect(over).toMatchObject({ phase: 'ended', reason: 'connection_lost' });
  });
});
