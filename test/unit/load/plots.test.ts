/** Plots of as many values as a long run has. */
import { expect, test } from '@jest/globals';
import { bars, plot } from '../../../src/load/report/plots.ts';

/** More than a function can take as arguments. */
const many = 200_000;
const axes = { title: 'Set-up', x: 's', y: 'ms' };

test.each([false, true])('a plot takes the calls of a long run, with tenfolds: %s', (logX) => {
  const points = Array.from({ length: many }, (_, index) => ({ x: index + 1, y: index % 500 }));
  const text = plot([{ name: 'set-up', points }], { ...axes, logX });
  expect(text).toContain('>499<');
  expect(text).toContain(logX ? '>1.00<' : '>0<');
  expect(text).toContain('>200000<');
});

test('bars take as many causes', () => {
  const all = Array.from({ length: many }, (_, index) => ({ name: 'x', from: 0, to: index }));
  expect(bars('Failures', all, 'calls')).toContain('199999 calls');
});

test('nothing is plotted of nothing', () => {
  expect(plot([{ name: 'set-up', points: [] }], axes)).toBe('');
});
