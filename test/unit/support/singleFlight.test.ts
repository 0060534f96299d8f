import { expect, test } from '@jest/globals';
import { singleFlight } from '../../../src/support/singleFlight.ts';

test('simultaneous callers share one run, and a later caller gets a new one', async () => {
  let runs = 0;
  const ask = singleFlight(async () => {
    runs += 1;
    await Promise.resolve();
    return runs;
  });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(2);
});

test('a failure is also shared, and not remembered', async () => {
  let runs = 0;
  const ask = singleFlight(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error('broken')) : Promise.resolve('here');
  });
  const outcomes = await Promise.allSettled([ask(), ask()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ask()).toBe('here');
});
