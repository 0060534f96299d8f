import { expect, test } from '@jest/globals';
import { Seldom } from '../../../src/support/seldom.ts';

test('the same name passes once a minute, another at once, and endless names do not fill the memory', () => {
  let now = 0;
  const seldom = new Seldom(() => now);
  expect([seldom.passes('a'), seldom.passes('a'), seldom.passes('b')]).toEqual([true, false, true]);
  now = 59_999;
  expect(seldom.passes('a')).toBe(false);
  now = 60_000;
  expect([seldom.passes('a'), seldom.passes('a')]).toEqual([true, false]);
  for (let name = 0; name < 5_000; name += 1) expect(seldom.passes(String(name))).toBe(true);
});
