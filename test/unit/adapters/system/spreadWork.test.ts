/** What comes at once is done in several turns of the event loop. */
import { expect, test } from '@jest/globals';
import { SpreadWork } from '../../../../src/adapters/system/spreadWork.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function stage(options: { maxWaiting?: number } = {}) {
  let now = 0;
  const done: number[] = [];
  const spread = new SpreadWork({ budgetMs: 10, ticks: () => now, ...options });
  const come = (from: number, count: number): void => {
    for (let one = from; one < from + count; one += 1) {
      spread.do(() => {
        now += 3;
        done.push(one);
      });
    }
  };
  return { come, done };
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a turn runs what fits its budget, and later turns run the rest in order', async () => {
  const { come, done } = stage();
  come(0, 10);
  expect(done).toEqual(upTo(4));
  await nextTurn();
  expect(done).toEqual(upTo(8));
  // What comes now waits behind what waits already.
  come(10, 3);
  expect(done).toEqual(upTo(8));
  await nextTurn();
  await nextTurn();
  expect(done).toEqual(upTo(13));
});

test('a little work runs at once, turn by turn', async () => {
  const { come, done } = stage();
  for (let turn = 0; turn < 5; turn += 1) {
    come(turn, 1);
    expect(done).toEqual(upTo(turn + 1));
    await nextTurn();
  }
});

test('work beyond the waiting limit runs at once', () => {
  const { come, done } = stage({ maxWaiting: 20 });
  come(0, 25);
  expect(done).toEqual(upTo(25));
});
