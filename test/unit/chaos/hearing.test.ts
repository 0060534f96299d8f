/** Silences as the crowd hears them, and what they say of a fault. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { heard } from '../../chaos/clients/ears.ts';
import type { Ear } from '../../chaos/clients/ears.ts';
import { LoopStalls } from '../../chaos/clients/loopStalls.ts';
import { backAfterMs, longestSilenceMs, percentilesOf } from '../../chaos/judge/silence.ts';

const neverStill = { stalledMs: () => 0 };
let line: { readonly ear: Ear; spokenAt: number };

/** Packets that are spoken at these times, each heard a moment later. */
function hear(times: readonly number[], still: Pick<LoopStalls, 'stalledMs'> = neverStill): void {
  for (const spokenAt of times) heard(line, { at: spokenAt + 1, spokenAt }, still);
}
const everyTwenty = (from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / 20) }, (_, index) => from + index * 20);

beforeEach(() => {
  const ear: Ear = {
    callId: 'call_one',
    listener: 'bob',
    speaker: 'alice',
    packets: 1,
    silences: [],
    firstAt: 1,
    lastAt: 1,
    missedMs: 0,
    wayMs: 1,
    longestWayMs: 1,
  };
  line = { ear, spokenAt: 0 };
});

test('continuous speech has no silence and nothing missed', () => {
  hear(everyTwenty(20, 5_000));
  expect(line.ear).toMatchObject({ silences: [], missedMs: 0, packets: 250 });
});

test('speech that never arrived is missed, and its silence is recorded', () => {
  hear(everyTwenty(20, 1_000));
  hear(everyTwenty(1_500, 2_000));
  expect(line.ear.silences).toEqual([{ from: 981, to: 1_501, ms: 520 }]);
  expect(line.ear.missedMs).toBe(500);
});

test('a stall of the test clients is not a silence', () => {
  hear(everyTwenty(20, 1_000));
  hear(everyTwenty(1_500, 2_000), { stalledMs: () => 500 });
  expect(line.ear).toMatchObject({ silences: [], missedMs: 0 });
});

test('speech that arrives twice during a move is not missed', () => {
  hear([20, 40, 40, 60, 60, 80]);
  expect(line.ear).toMatchObject({ silences: [], missedMs: 0 });
});

test('the stalls of the loop are measured within any time', () => {
  const loopStalls = new LoopStalls();
  const from = performance.timeOrigin + performance.now();
  loopStalls.beat(from);
  loopStalls.beat(from + 10);
  loopStalls.beat(from + 210);
  loopStalls.beat(from + 220);
  expect(loopStalls.stalledMs(from, from + 220)).toBeCloseTo(200, 5);
  expect(loopStalls.stalledMs(from + 110, from + 215)).toBeCloseTo(100, 5);
  expect(loopStalls.stalledMs(from + 211, from + 220)).toBe(0);
});

describe('recovery after a fault', () => {
  test('a listener is back when packets arrive again', () => {
    hear(everyTwenty(20, 1_000));
    hear(everyTwenty(1_800, 3_000));
    expect(backAfterMs(line.ear, 990, 3_000)).toBe(811);
    expect(longestSilenceMs([line.ear], { from: 990, to: 3_000 })).toBe(820);
  });

  test('a listener who was never silent was not away, whatever happened before', () => {
    hear(everyTwenty(20, 1_000));
    hear(everyTwenty(1_800, 3_000));
    expect(backAfterMs(line.ear, 2_000, 3_000)).toBe(0);
    expect(longestSilenceMs([line.ear], { from: 2_000, to: 3_000 })).toBe(0);
  });

  test('a listener who receives nothing any more is not back', () => {
    hear(everyTwenty(20, 1_000));
    expect(backAfterMs(line.ear, 990, 9_000)).toBeUndefined();
    expect(longestSilenceMs([line.ear], { from: 990, to: 9_000 })).toBe(9_000 - 981);
  });
});

test('percentiles are computed from the measured values', () => {
  expect(percentilesOf([])).toEqual({ p50: 0, p95: 0, max: 0 });
  expect(percentilesOf(Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({ p50: 50, p95: 95, max: 100 });
});
