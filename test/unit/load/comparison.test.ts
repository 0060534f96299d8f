/** Two results side by side: noise is not called a change. */
import { describe, expect, test } from '@jest/globals';
import { compare, incomparable } from '../../../src/load/figures/comparison.ts';
import { resultVersion } from '../../../src/load/figures/result.ts';
import type { LoadResult } from '../../../src/load/figures/result.ts';
import { Dice } from '../../../src/load/plan/dice.ts';
import { scenario } from '../../../src/load/plan/scenario.ts';
import { figuresOf } from './figuresOf.ts';

/** A run of random set-up times; `factor` makes it slower, `runNoise` is of the whole run. */
function run(seed: number, { factor = 1, runNoise = 0, rate = 5, everyMs = 200 } = {}): LoadResult {
  const dice = new Dice(seed);
  const ofRun = 1 + runNoise * (2 * dice.throw() - 1);
  const calls = Array.from({ length: 300 }, (_, index) => ({
    dueMs: index * everyMs,
    course: 'answered' as const,
    outcome: 'ok' as const,
    lateMs: 0,
    parts: { setup: factor * ofRun * (30 - 10 * Math.log(1 - dice.throw())) },
  }));
  return {
    version: resultVersion,
    scenario: scenario.parse({ name: 'storm', about: '', rate, seconds: 60 }),
    seed,
    startedAt: '2026-01-01T00:00:00.000Z',
    command: [],
    machine: { node: '', system: '', cores: 2 },
    ...figuresOf(calls),
    processes: [],
    limit: '',
    isMeasurement: true,
    thresholds: [],
    calls,
    use: [],
  };
}
const runs = (first: number, options: Parameters<typeof run>[1]) =>
  Array.from({ length: 6 }, (_, index) => run(first + index, options));
const verdict = (before: readonly LoadResult[], after: readonly LoadResult[], metric = 'setup.p50') =>
  compare(before, after).find((one) => one.metric === metric)?.verdict;

describe('a comparison', () => {
  test('of the same thing with another seed shows no change, whichever seeds', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const verdicts = compare([run(seed)], [run(seed + 100)]).map((one) => one.verdict);
      expect(verdicts).toEqual(['no change shown', 'no change shown']);
    }
  });
  test('of one run each sees a change of a third, and calls 6 % none', () => {
    expect(verdict([run(1)], [run(2, { factor: 1.33 })])).toBe('slower');
    expect(verdict([run(1)], [run(2, { factor: 0.7 })])).toBe('faster');
    expect(verdict([run(1)], [run(2, { factor: 1.06 })])).toBe('no change shown');
  });
  test('of six runs each sees 12 % where runs differ little, and nothing where they differ much', () => {
    expect(verdict(runs(1, { runNoise: 0.01 }), runs(50, { runNoise: 0.01, factor: 1.12 }))).toBe('slower');
    expect(verdict(runs(1, { runNoise: 0.3 }), runs(50, { runNoise: 0.3, factor: 1.12 }))).toBe('no change shown');
  });
  test('tells the ratio with its interval', () => {
    const [first] = compare([run(1)], [run(2, { factor: 2 })]);
    expect(first?.metric).toBe('setup.p50');
    expect(first?.low).toBeLessThan(2.1);
    expect(first?.high).toBeGreaterThan(1.9);
  });
  test('of fewer than ten times five seconds tells nothing, however many calls there are', () => {
    expect(compare([run(1, { everyMs: 140 })], [run(2, { factor: 2 })])).toEqual([]);
    expect(compare([run(1)], [run(2, { factor: 2, everyMs: 140 })])).toEqual([]);
    expect(compare([run(1, { everyMs: 167 })], [run(2, { factor: 2 })])).not.toEqual([]);
  });
  test('tells nothing of a part that some of the runs do not have', () => {
    const [, ...others] = runs(1, {});
    const without = { ...run(1), calls: run(1).calls.map((call) => ({ ...call, parts: {} })) };
    expect(compare([without, ...others], runs(50, { factor: 2 }))).toEqual([]);
  });
  test('is refused for ramps that sustained different rates', () => {
    const ramp = (rate: number) => ({ ...run(1), sustained: { rate, brokeAt: null } });
    expect(incomparable([ramp(8)], [ramp(9)])).toContain('different rates');
    expect(incomparable([ramp(8)], [ramp(8)])).toBeUndefined();
  });
  test('is refused for different scenarios, and for what is no measurement', () => {
    expect(incomparable([run(1)], [run(2, { rate: 6 })])).toContain('different scenarios');
    expect(incomparable([run(1)], [{ ...run(2), isMeasurement: false }])).toContain('measures nothing');
    expect(incomparable([run(1)], [])).toContain('no results');
    expect(incomparable([run(1)], [run(2)])).toBeUndefined();
  });
});
