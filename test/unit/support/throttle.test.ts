import { expect, test } from '@jest/globals';
import { Throttle } from '../../../src/support/throttle.ts';

test('the same name passes once a minute, another at once, and endless names do not fill the memory', () => {
  let now = 0;
  const throttle = new Throttle(() => now);
  expect([throttle.passes('a'), throttle.passes('a'), throttle.passes('b')]).toEqual([true, false, true]);
  now = 59_999;
  expect(throttle.passes('a')).toBe(false);
  now = 60_000;
  expect([throttle.passes('a'), throttle.passes('a')]).toEqual([true, false]);
  for (let name = 0; name < 5_000; name += 1) expect(throttle.passes(String(name))).toBe(true);
});
