/** When calls are due, and how they continue: drawn from a seed before the run. */
import { describe, expect, test } from '@jest/globals';
import { mostAtOnce } from '../../../src/load/plan/mostAtOnce.ts';
import { schedule } from '../../../src/load/plan/schedule.ts';

const steady = { rate: 10, seconds: 1_000, warmUpSeconds: 0, arrivals: 'poisson', courses: { answered: 1 } } as const;

describe('a schedule', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(schedule(steady, 7)).toEqual(schedule(steady, 7));
    expect(schedule(steady, 7)).not.toEqual(schedule(steady, 8));
  });

  test('has the rate that is asked for, with the spread of random arrivals', () => {
    const calls = schedule(steady, 7);
    // 10,000 are due; their standard deviation is the root of that.
    expect(Math.abs(calls.length - 10_000)).toBeLessThan(4 * Math.sqrt(10_000));
    const gaps = calls.slice(1).map(({ dueMs }, index) => dueMs - (calls[index]?.dueMs ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // Of exponential times the deviation is the mean; of even ones it is 0.
    expect(deviation / mean).toBeCloseTo(1, 1);
  });

  test('can be even', () => {
    const calls = schedule({ ...steady, seconds: 1, arrivals: 'even' }, 7);
    expect(calls.map(({ dueMs }) => Math.round(dueMs))).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  test('divides the calls as it is asked to, and another division moves none', () => {
    const mixed = schedule({ ...steady, courses: { answered: 1, declined: 2, missed: 1 } }, 7);
    const share = (course: string) => mixed.filter((call) => call.course === course).length / mixed.length;
    expect(share('answered')).toBeCloseTo(0.25, 1);
    expect(share('declined')).toBeCloseTo(0.5, 1);
    expect(share('cancelled')).toBe(0);
    expect(share('missed')).toBeCloseTo(0.25, 1);
    expect(mixed.map(({ dueMs }) => dueMs)).toEqual(schedule(steady, 7).map(({ dueMs }) => dueMs));
  });

  test('knows what is warm-up', () => {
    const calls = schedule({ ...steady, seconds: 1, warmUpSeconds: 0.45, arrivals: 'even' }, 7);
    expect(calls.filter(({ isWarmUp }) => isWarmUp)).toHaveLength(4);
  });
});

test('the most calls at once are those that are due within the time that one may take', () => {
  const calls = schedule({ ...steady, seconds: 10, arrivals: 'even' }, 7);
  expect(mostAtOnce(calls, 950)).toBe(10);
  expect(mostAtOnce([], 950)).toBe(0);
});
