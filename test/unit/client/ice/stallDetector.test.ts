import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { StallDetector } from '../../../../src/client/ice/stallDetector.ts';

let now = 0;
let told = 0;
let watch: StallDetector;
beforeEach(() => {
  // Its own looks would come in between.
  jest.useFakeTimers();
  [now, told, before] = [0, 0, 0];
  watch = new StallDetector({
    transport: { getStats: () => Promise.reject(new Error('not asked here')) },
    still: () => (told += 1),
    now: () => now,
  });
});
afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

let before = 0;
/** One look a fifth of a second later. */
const look = (packets: number, afterMs = 200) => {
  now += afterMs;
  watch.seen(packets > before);
  before = packets;
};

test('a stream that stops is noticed within 0.4 s and reported once', () => {
  for (const packets of [10, 20, 30]) look(packets);
  look(30);
  expect([told, watch.isStill]).toEqual([0, false]);
  look(30);
  expect([told, watch.isStill]).toEqual([1, true]);
  for (let times = 0; times < 10; times += 1) look(30);
  expect(told).toBe(1);
  for (const packets of [40, 50, 60, 60, 60]) look(packets);
  expect(told).toBe(2);
});

test('a burst is not a stream, however many packets it has', () => {
  for (const packets of [40, 40, 40, 40, 90, 120, 120, 120]) look(packets);
  expect(told).toBe(0);
});

test('recent packets are known', () => {
  look(10);
  for (const packets of [10, 10]) look(packets);
  expect([watch.cameWithin(400), watch.cameWithin(300)]).toEqual([true, false]);
});

test('without a stream nothing is missing', () => {
  for (const packets of [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]) look(packets);
  expect(told).toBe(0);
});

test('a busy device that checks rarely still notices', () => {
  for (const packets of [25, 50, 75, 100, 100]) look(packets, 500);
  expect(told).toBe(1);
});

test('single packets that keep arriving are a stream', () => {
  for (const packets of [1, 2, 3, 4]) look(packets);
  expect(watch.isStill).toBe(false);
  for (const packets of [4, 4]) look(packets);
  expect(told).toBe(1);
});
