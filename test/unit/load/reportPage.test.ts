/** The report in HTML. */
import { expect, test } from '@jest/globals';
import { resultVersion } from '../../../src/load/figures/result.ts';
import type { LoadResult } from '../../../src/load/figures/result.ts';
import { scenario } from '../../../src/load/plan/scenario.ts';
import { reportPage } from '../../../src/load/report/reportPage.ts';
import { figuresOf } from './figuresOf.ts';

const steady: LoadResult = {
  version: resultVersion,
  scenario: scenario.parse({ name: 'storm', about: 'Two & two', rate: 5, seconds: 60 }),
  seed: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  command: [],
  machine: { node: '', system: '', cores: 2 },
  ...figuresOf([]),
  processes: [],
  limit: 'nothing',
  isMeasurement: true,
  thresholds: [],
  calls: [],
  use: [],
};

test('a report names the rate, and of a ramp the one that was sustained', () => {
  expect(reportPage(steady)).toContain('5 calls/s for 60 s');
  expect(reportPage({ ...steady, sustained: { rate: 12, brokeAt: 13 } })).toContain('12 calls/s for 60 s');
  expect(reportPage({ ...steady, sustained: { rate: null, brokeAt: 5 } })).toContain('5 calls/s for 60 s');
});

test('a report has no text that is not escaped', () => {
  expect(reportPage(steady)).toContain('Two &amp; two');
});
