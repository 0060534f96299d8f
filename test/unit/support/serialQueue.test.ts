import { expect, test } from '@jest/globals';
import { SerialQueue } from '../../../src/support/serialQueue.ts';

test('each task starts when the previous one has finished, with or without success', async () => {
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

test('knows whether it is idle, and when its tasks have finished', async () => {
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
