/** Conditions that decide the exit code. */
import { describe, expect, test } from '@jest/globals';
import { judge, threshold } from '../../../src/load/figures/thresholds.ts';
import type { CallRow } from '../../../src/load/figures/result.ts';
import { figuresOf } from './figuresOf.ts';

const row = (setup: number, more: Partial<CallRow> = {}): CallRow => ({
  dueMs: 0,
  course: 'answered',
  outcome: 'ok',
  lateMs: 0,
  parts: { setup },
  ...more,
});
const rows = [
  ...Array.from({ length: 98 }, (_, index) => row(index + 1)),
  row(99, { outcome: 'failed', cause: 'create: overloaded', parts: {} }),
  row(100, { outcome: 'dropped', parts: {} }),
];
const figures = figuresOf(rows);
const isMet = (text: string) => judge(text, figures).met;

describe('a threshold', () => {
  test.each([
    ['failed <= 1', true],
    ['failed < 1', false],
    ['failed <= 1%', true],
    ['failed < 0.5 %', false],
    ['dropped < 2%', true],
    ['setup.p50 < 50', true],
    ['setup.p50 < 49', false],
    ['setup.max >= 98', true],
  ])('%s: %s', (text, met) => {
    expect(isMet(text.replace(' %', '%'))).toBe(met);
  });

  test('about what was not measured is not met', () => {
    expect(judge('loss < 1%', figures)).toEqual({ threshold: 'loss < 1%', value: null, met: false });
    expect(judge('rejoin.p95 < 1', figures)).toEqual({ threshold: 'rejoin.p95 < 1', value: null, met: false });
  });

  test.each(['setup < 300', 'setup.p95', 'setup.p95 < 3%', 'speed.p95 < 3', 'setup.p96 < 1', 'failed == 0', ''])(
    'that says nothing is refused in words: "%s"',
    (text) => {
      expect(threshold.safeParse(text).error?.issues[0]?.message).toContain('Write METRIC OPERATOR NUMBER');
    },
  );
});
