/** How long another thread says in place of a node that it lives. */
import { expect, test } from '@jest/globals';
import { isStoodInFor, longestStallMs } from '../../../../src/domain/cluster/heartbeats.ts';
import { LoopMarks } from '../../../../src/compose/process/loopMarks.ts';

test('a stalled loop is covered from the second missing beat up to a limit, after which its calls should move', () => {
  const leaseMs = 3_000;
  const asked = [0, 375, 750, 751, 5_000, longestStallMs, longestStallMs + 1, Infinity];
  expect(asked.filter((stillMs) => isStoodInFor(stillMs, leaseMs))).toEqual([751, 5_000, longestStallMs]);
});

test('both threads see the same turns of the loop, and no beat number repeats', () => {
  const ofLoop = new LoopMarks();
  const ofThread = new LoopMarks(ofLoop.buffer);
  const before = ofThread.turns;
  ofLoop.turned();
  expect(ofThread.turns).not.toBe(before);
  expect([ofLoop.nextBeat(), ofThread.nextBeat(), ofThread.nextBeat(), ofLoop.nextBeat()]).toEqual([1, 2, 3, 4]);
});
