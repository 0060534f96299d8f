import { expect, jest, test } from '@jest/globals';
import { wait } from '../../../src/support/wait.ts';

test('waits for the time, or until it is aborted', async () => {
  jest.useFakeTimers();
  try {
    const ended: string[] = [];
    const woken = new AbortController();
    const waits = [
      wait(100).then(() => ended.push('time')),
      wait(1_000, woken.signal).then(() => ended.push('told')),
      wait(1_000, AbortSignal.abort()).then(() => ended.push('told before')),
    ];
    await jest.advanceTimersByTimeAsync(99);
    expect(ended).toEqual(['told before']);
    await jest.advanceTimersByTimeAsync(1);
    expect(ended).toEqual(['told before', 'time']);
    woken.abort();
    await Promise.all(waits);
    expect(ended).toEqual(['told before', 'time', 'told']);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
