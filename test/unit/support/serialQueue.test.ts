import { expect, test } from '@jest/globals';
import { SerialQueue } from '../../../src/support/serialQueue.ts';

test('each begins when the one before has ended, well or not', async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const outcomes = await Promise.allSettled([queue.run(work('a')), queue.run(work('b', true)), queue.run(work('c'))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('knows whether it is idle, and when what it was given has ended', async () => {
  const queue = new SerialQueue();
  expect(queue.isIdle).toBe(true);
  let end: () => void = () => undefined;
  queue.add(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  const done = queue.done();
  expect(queue.isIdle).toBe(false);
  end();
  await done;
  expect(queue.isIdle).toBe(true);
});
