import { expect, test } from '@jest/globals';
import { exponentialMs } from '../../../src/support/backoff.ts';

test('each wait is twice the previous one, up to a maximum, after any number of failures', () => {
  const rule = { firstMs: 50, longestMs: 1_000 };
  expect([0, 1, 2, 3, 4, 5, 10_000].map((failures) => exponentialMs(rule, failures))).toEqual([
    50, 100, 200, 400, 800, 1_000, 1_000,
  ]);
});
