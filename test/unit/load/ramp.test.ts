/** The highest rate that holds. */
import { expect, test } from '@jest/globals';
import { highestSustained } from '../../../src/load/plan/ramp.ts';

async function found(breaksAbove: number): Promise<unknown> {
  const tried: number[] = [];
  const holds = (rate: number) => {
    tried.push(rate);
    return Promise.resolve(rate <= breaksAbove);
  };
  return { ...(await highestSustained({ from: 1, to: 40, step: 1, holds })), tried };
}

test('is found to the step by doubling and bisection', async () => {
  expect(await found(23.5)).toEqual({ rate: 23, brokeAt: 24, tried: [1, 2, 4, 8, 16, 32, 24, 20, 22, 23] });
});
test('is the highest that is tried when nothing breaks', async () => {
  expect(await found(100)).toEqual({ rate: 40, brokeAt: undefined, tried: [1, 2, 4, 8, 16, 32, 40] });
});
test('is none when the lowest breaks', async () => {
  expect(await found(0.5)).toEqual({ rate: undefined, brokeAt: 1, tried: [1] });
});
