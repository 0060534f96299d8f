/** Many things are worked on, a few at a time. */
import { expect, test } from '@jest/globals';
import { eachOf } from '../../../src/support/eachOf.ts';

async function* numbers(count: number, read: number[]): AsyncGenerator<number> {
  for (let one = 0; one < count; one += 1) {
    await Promise.resolve();
    read.push(one);
    yield one;
  }
}

test('the number of items running, or read from the list, is limited', async () => {
  const read: number[] = [];
  const done: number[] = [];
  let [underWay, most] = [0, 0];
  await eachOf(numbers(50, read), 4, async (one) => {
    underWay += 1;
    most = Math.max(most, underWay);
    expect(read.length - done.length).toBeLessThanOrEqual(4);
    await new Promise(setImmediate);
    underWay -= 1;
    done.push(one);
  });
  expect(most).toBe(4);
  expect(done.toSorted((one, other) => one - other)).toEqual(read);
  expect(read).toHaveLength(50);
});

test('after a failure nothing more starts, and what was started finishes first', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = eachOf([1, 2, 3, 4, 5, 6], 2, async (one) => {
    begun.push(one);
    await new Promise(setImmediate);
    if (one === 1) throw new Error('one failed');
    await new Promise(setImmediate);
    ended.push(one);
  });
  await expect(work).rejects.toThrow('one failed');
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});
