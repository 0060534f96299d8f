import { MessageChannel } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { within } from '../../../src/support/deadline.ts';

const never = new Promise<never>(() => undefined);
const tooLate = (): never => {
  throw new Error('too late');
};

test('a result or failure in time is passed on', async () => {
  expect(await within(60_000, Promise.resolve('here'), tooLate)).toBe('here');
  await expect(within(60_000, Promise.reject(new Error('broken')), tooLate)).rejects.toThrow('broken');
});

test('after the limit the fallback is the result', async () => {
  expect(await within(1, never, () => 'instead')).toBe('instead');
  await expect(within(1, never, tooLate)).rejects.toThrow('too late');
});

test('a failure after the limit is not an unhandled rejection', async () => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<string>((_resolve, reject) => {
    fail = reject;
  });
  expect(await within(1, work, () => 'instead')).toBe('instead');
  fail(new Error('after all'));
  // Node would end the process at the end of this turn.
  await new Promise((resolve) => setImmediate(resolve));
});

test('an answer that arrived while the event loop was blocked is in time', async () => {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => {
    port1.once('message', resolve);
  });
  const waited = within(5, answer, () => 'late');
  port2.postMessage('here');
  const until = performance.now() + 50;
  while (performance.now() < until);
  expect(await waited).toBe('here');
  port1.close();
});
