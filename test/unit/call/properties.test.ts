/** What holds after any sequence of commands, however late, repeated or foreign. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callerOf, invitedOf, isGroup, joinedOf, presentOf } from '../../../src/call/call.ts';
import type { Call } from '../../../src/call/call.ts';
import type { CallCommand } from '../../../src/call/commands.ts';
import { decide } from '../../../src/call/decide.ts';
import { createCommand } from '../../support/calls.ts';

const userId = fc.constantFrom('alice', 'bob', 'carol', 'dan', 'erin', 'mallory');
const deviceId = fc.constantFrom('device-1', 'device-2', 'alice-phone');
const nodeId = fc.constantFrom(createCommand().nodeId, 'node_second', 'node_third');
const era = fc.integer({ min: 0, max: 12 });

const command: fc.Arbitrary<CallCommand> = fc.oneof(
  fc.record({ name: fc.constant('answer' as const), userId, deviceId }),
  fc.record({ name: fc.constantFrom('decline' as const, 'cancel' as const, 'leave' as const), userId }),
  fc.record({ name: fc.constant('rejoin' as const), userId, deviceId }),
  fc.record({
    name: fc.constant('invite' as const),
    userId,
    invitees: fc.array(userId, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ name: fc.constantFrom('mute' as const, 'remove' as const), userId, targetId: userId }),
  fc.record({ name: fc.constant('end' as const), by: userId }),
  fc.record({
    name: fc.constantFrom('sessionJoined' as const, 'sessionLost' as const),
    userId,
    deviceId,
    epoch: fc.constantFrom(1, 2),
  }),
  fc.record({ name: fc.constantFrom('ringTimedOut' as const, 'emptyExpired' as const), era }),
  fc.record({ name: fc.constant('graceExpired' as const), userId, era }),
  fc.record({ name: fc.constant('rehome' as const), from: nodeId, to: nodeId, handover: fc.boolean() }),
  fc.constantFrom<CallCommand[]>(
    { name: 'longestReached' },
    { name: 'nodeLost', nodeId: 'node_other' },
    createCommand(),
  ),
);

interface Played {
  readonly call: Call | undefined;
  readonly pending: ReadonlySet<string>;
}

function play(commands: readonly CallCommand[], callees: readonly string[] = ['bob', 'carol', 'dan']): Played {
  let call: Call | undefined;
  let now = 0;
  const pending = new Set<string>();
  const seqs: number[] = [];
  for (const next of [createCommand(callees), ...commands]) {
    now += 10;
    const before = call;
    const decision = decide(call, next, now);
    if (decision.outcome !== 'changed') continue;
    call = decision.call;
    expect(call.version).toBe((before?.version ?? 0) + 1);
    expect(before?.phase).not.toBe('ended');
    seqs.push(...decision.events.map(({ seq }) => seq));
    for (const { kind, timer } of decision.effects) {
      const name = JSON.stringify(timer);
      if (kind === 'schedule') pending.add(name);
      else pending.delete(name);
    }
    checkInvariants(call);
  }
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(call?.lastEvent).toBe(seqs.length);
  return { call, pending };
}

function checkInvariants(call: Call): void {
  const joined = joinedOf(call);
  expect(presentOf(call).length).toBeLessThanOrEqual(call.limits.mostParticipants);
  expect(new Set(call.participants.map(({ userId: id }) => id)).size).toBe(call.participants.length);
  expect(callerOf(call)).toBe('alice');
  switch (call.phase) {
    case 'ringing':
      expect(joined.map(({ userId: id }) => id)).toEqual(['alice']);
      expect(invitedOf(call).length).toBeGreaterThan(0);
      break;
    case 'active':
      expect(joined.filter(({ role }) => role === 'host')).toHaveLength(1);
      // Whoever is gone from a live call is gone from a group, where coming back has a meaning.
      expect(isGroup(call) || call.participants.every(({ state }) => state !== 'gone')).toBe(true);
      expect(joined.length + invitedOf(call).length >= 2 || call.aloneSince !== undefined).toBe(true);
      break;
    case 'ended':
      expect(call.participants.every(({ state }) => state === 'gone')).toBe(true);
      break;
  }
}

test('versions and event numbers have no gap, an ended call never changes, phases keep their promises', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      play(commands);
      play(commands, ['bob']);
    }),
    { numRuns: 1000 },
  );
});

test('every live call has a timer that will end it, and an ended one has none', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const { call, pending } = play(commands);
      if (call === undefined) return;
      if (call.phase === 'ended') {
        expect([...pending]).toEqual([]);
        return;
      }
      const timers = [...pending];
      expect(timers.some((timer) => timer.includes('"longest"'))).toBe(true);
      for (const one of joinedOf(call)) {
        if (one.presence === 'connected' && one.movesFrom === undefined) continue;
        expect(timers.some((timer) => timer.includes('"grace"') && timer.includes(one.userId))).toBe(true);
      }
      if (invitedOf(call).length > 0) expect(timers.some((timer) => timer.includes('"ring"'))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('deciding is pure: the same question gets the same answer and leaves the call as it was', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 15 }), command, (commands, next) => {
      const { call } = play(commands);
      const frozen = JSON.stringify(call);
      expect(decide(call, next, 7)).toEqual(decide(call, next, 7));
      expect(JSON.stringify(call)).toBe(frozen);
    }),
    { numRuns: 300 },
  );
});
