/** One test case for each threshold, and one for whether the run is a measurement, in the form that CI systems read. */
import type { LoadResult } from '../figures/result.ts';
import { escaped } from './escaped.ts';

export function junitXml({ scenario, thresholds, isMeasurement, limit }: LoadResult): string {
  const cases = [
    { name: 'is a measurement', met: isMeasurement, why: limit },
    ...thresholds.map(({ threshold, value, met }) => ({
      name: threshold,
      met,
      why: value === null ? 'nothing of the kind was measured' : `it was ${value}`,
    })),
  ];
  const failures = cases.filter(({ met }) => !met).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="load ${escaped(scenario.name)}" tests="${cases.length}" failures="${failures}">`,
    ...cases.map(({ name, met, why }) =>
      met
        ? `  <testcase classname="load" name="${escaped(name)}"/>`
        : `  <testcase classname="load" name="${escaped(name)}"><failure message="${escaped(why)}"/></testcase>`,
    ),
    '</testsuite>',
    '',
  ].join('\n');
}
