/** What holds after any sequence of commands, however late, repeated or foreign. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callerOf, invitedOf, isGroup, joinedOf, presentOf } from '../../../../src/domain/call/call.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { deadlinesOf, nextDeadline } from '../../../../src/domain/call/deadlines.ts';
import { createCommand, limits, withoutPace } from '../../../support/calls.ts';

const userId = fc.constantFrom('alice', 'bob', 'carol', 'dan', 'erin', 'mallory');
const deviceId = fc.constantFrom('device-1', 'device-2', 'alice-phone');
const nodeId = fc.constantFrom(createCommand().nodeId, 'node_second', 'node_third');
/** How long before a command: mostly less than any limit of the calls. */
const pauseMs = fc.constantFrom(10, 10, 10, limits.reconnectGraceMs, limits.ringTimeoutMs, limits.longestCallMs);

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
  fc.record({ name: fc.constant('hold' as const), userId, onHold: fc.boolean() }),
  fc.record({ name: fc.constant('block' as const), userId, targetId: userId }),
  fc.record({ name: fc.constant('end' as const), by: userId }),
  fc.record({
    name: fc.constantFrom('sessionJoined' as const, 'sessionLost' as const),
    userId,
    deviceId,
    ownerTerm: fc.constantFrom(1, 2),
  }),
  fc.record({ name: fc.constant('rehome' as const), from: nodeId, to: nodeId, handover: fc.boolean() }),
  fc.record({ name: fc.constant('nodeLost' as const), nodeId: fc.oneof(fc.constant('node_other' as const), nodeId) }),
  fc.constantFrom<CallCommand[]>({ name: 'deadlineReached' }, createCommand()),
);

type Step = readonly [CallCommand, number];
const steps = (maxLength: number) => fc.array(fc.tuple(command, pauseMs), { maxLength });

interface Played {
  readonly call: Call | undefined;
  readonly now: number;
  /** When the call is looked at next, as far as its transitions asked for it. */
  readonly lookAt: number | undefined;
}

function play(commands: readonly Step[], callees: readonly string[] = ['bob', 'carol', 'dan']): Played {
  let call: Call | undefined;
  let now = 0;
  let lookAt: number | undefined;
  const seqs: number[] = [];
  for (const [next, pause] of [[createCommand(callees), 10] as const, ...commands]) {
    now += pause;
    const before = call;
    const decision = decide(call, next, now);
    if (decision.outcome !== 'changed') continue;
    call = decision.call;
    expect(call.version).toBe((before?.version ?? 0) + 1);
    expect(before?.phase).not.toBe('ended');
    seqs.push(...decision.events.map(({ seq }) => seq));
    // A later look is planned by the earlier one, when it has found nothing to do.
    for (const effect of decision.effects) lookAt = effect.kind === 'look' ? effect.at : undefined;
    checkInvariants(call);
  }
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(call?.lastEvent).toBe(seqs.length);
  return { call, now, lookAt };
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
      expect(joined.length + invitedOf(call).length >= 2 || call.aloneAt !== undefined).toBe(true);
      break;
    case 'ended':
      expect(call.participants.every(({ state }) => state === 'gone')).toBe(true);
      break;
  }
}

test('versions and event numbers have no gaps, an ended call never changes, and phases keep their invariants', () => {
  fc.assert(
    fc.property(steps(40), (commands) => {
      play(commands);
      play(commands, ['bob']);
    }),
    { numRuns: 1000 },
  );
});

test('a live call is checked at its next deadline, however it came about, and an ended one is not', () => {
  fc.assert(
    fc.property(steps(30), (commands) => {
      const { call, lookAt } = play(commands);
      if (call === undefined) return;
      expect(lookAt).toBe(nextDeadline(call));
      if (call.phase === 'ended') return;
      const due = deadlinesOf(call);
      const expected = joinedOf(call).filter((one) => one.presence !== 'connected' || one.movesFrom !== undefined);
      expect(due.filter(({ kind }) => kind === 'longest')).toHaveLength(1);
      expect(due.filter(({ kind }) => kind === 'grace')).toHaveLength(expected.length);
      expect(due.filter(({ kind }) => kind === 'ring')).toHaveLength(invitedOf(call).length);
    }),
    { numRuns: 500 },
  );
});

test('after a check nothing is due, and a check before the next deadline changes nothing', () => {
  fc.assert(
    fc.property(steps(30), (commands) => {
      const { call, now } = play(commands);
      if (call === undefined || call.phase === 'ended') return;
      const look = { name: 'deadlineReached' } as const;
      const isDue = (nextDeadline(call) ?? Number.POSITIVE_INFINITY) <= now;
      const decision = decide(call, look, now);
      if (!isDue) expect(decision).toEqual({ outcome: 'ignored', why: 'stale' });
      else if (decision.outcome !== 'changed') throw new Error('something was due');
      else expect(nextDeadline(decision.call) ?? now + 1).toBeGreaterThan(now);
    }),
    { numRuns: 500 },
  );
});

test('decisions are pure: the same input gives the same result and leaves the call unchanged', () => {
  fc.assert(
    fc.property(steps(15), command, (commands, next) => {
      const { call } = play(commands);
      const frozen = JSON.stringify(call);
      expect(decide(call, next, 7)).toEqual(decide(call, next, 7));
      expect(JSON.stringify(call)).toBe(frozen);
    }),
    { numRuns: 300 },
  );
});

test('after a block the two share no call, and nobody else is removed unless the whole call ends', () => {
  let blocks = 0;
  fc.assert(
    fc.property(steps(12), userId, userId, (commands, one, other) => {
      const { call, now } = play(commands);
      if (call === undefined) return;
      const before = presentOf(call).map((participant) => participant.userId);
      const decision = decide(call, { name: 'block', userId: one, targetId: other }, now);
      // It is the app that says so: nobody is there to be refused.
      expect(decision.outcome).not.toBe('refused');
      const after = decision.outcome === 'changed' ? decision.call : call;
      const present = presentOf(after).map((participant) => participant.userId);
      expect(present.includes(one) && present.includes(other)).toBe(false);
      if (decision.outcome !== 'changed') return;
      blocks += 1;
      expect(before).toEqual(expect.arrayContaining([one, other]));
      if (after.phase === 'ended') return;
      expect(before.filter((name) => !present.includes(name))).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
  expect(blocks).toBeGreaterThan(10);
});

test('hold changes only the participant who holds, and only their hold', () => {
  let holds = 0;
  fc.assert(
    fc.property(steps(12), userId, fc.boolean(), (commands, one, onHold) => {
      const { call, now } = play(commands);
      const decision = call && decide(call, { name: 'hold', userId: one, onHold }, now);
      if (call === undefined || decision?.outcome !== 'changed') return;
      holds += 1;
      const withoutHold = (held: Call) =>
        withoutPace(held).map((participant) => ({ ...participant, onHold: undefined }));
      expect(withoutHold(decision.call)).toEqual(withoutHold(call));
      expect(decision.call.participants).toContainEqual(
        expect.objectContaining({ userId: one, ...(onHold ? { onHold } : {}) }),
      );
      expect(nextDeadline(decision.call)).toBe(nextDeadline(call));
    }),
    { numRuns: 500 },
  );
  expect(holds).toBeGreaterThan(10);
});

test('a call is lost only with its current node, wherever it moved', () => {
  let moves = 0;
  fc.assert(
    fc.property(steps(12), nodeId, (commands, dead) => {
      const { call, now } = play(commands);
      if (call === undefined || call.phase === 'ended') return;
      if (call.nodeId !== createCommand().nodeId) moves += 1;
      const decision = decide(call, { name: 'nodeLost', nodeId: dead }, now);
      if (dead !== call.nodeId) expect(decision).toEqual({ outcome: 'ignored', why: 'stale' });
      else expect(decision).toMatchObject({ call: { phase: 'ended', reason: 'node_lost' } });
    }),
    { numRuns: 500 },
  );
  expect(moves).toBeGreaterThan(10);
});
