import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Keepalive } from '../../../../src/client/connection/keepalive.ts';

let isConnected: boolean;
let answer: () => Promise<unknown>;
let asked: number;
let lost: number;
let keepalive: Keepalive;

beforeEach(() => {
  jest.useFakeTimers();
  [isConnected, asked, lost] = [true, 0, 0];
  answer = () => Promise.resolve({});
  keepalive = new Keepalive({
    isConnected: () => isConnected,
    ask: () => {
      asked += 1;
      return answer();
    },
    lost: () => (lost += 1),
  });
});
afterEach(() => {
  keepalive.stop();
  jest.useRealTimers();
});

const after = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('a server that answers or refuses is alive', async () => {
  await after(20_000);
  answer = () => Promise.reject(new Error('refused'));
  await after(20_000);
  expect([asked, lost]).toEqual([20, 0]);
});

const answersAfter = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));
const never = () => new Promise(() => undefined);

test('a server that answered quickly and then stops is lost within 3 s', async () => {
  await after(2_000);
  answer = never;
  await after(2_900);
  expect(lost).toBe(0);
  await after(200);
  expect(lost).toBe(1);
});

test('a slow server is given more time, within limits', async () => {
  answer = answersAfter(250);
  await after(2_500);
  answer = never;
  await after(1_500 + 1_900);
  expect(lost).toBe(0);
  await after(200);
  expect(lost).toBe(1);
});

test('a server that has become slow is lost once at most', async () => {
  await after(2_000);
  answer = answersAfter(1_500);
  await after(30_000);
  expect(lost).toBe(1);
});

test('a server that is slower than before is suspected long before it is lost', async () => {
  await after(2_000);
  answer = answersAfter(900);
  const doubted = keepalive.answersSoon();
  await after(310);
  expect([await doubted, lost]).toEqual([false, 0]);
  await after(2_000);
  expect(lost).toBe(0);
  // It has become slow by now, and is known to be.
  const known = keepalive.answersSoon();
  await after(1_000);
  expect([await known, lost]).toEqual([true, 0]);
});

test('a server that never answered is lost within 5 s', async () => {
  answer = never;
  await after(4_900);
  expect(lost).toBe(0);
  await after(200);
  expect(lost).toBe(1);
});

test('a connection that is known to be closed is not probed', async () => {
  isConnected = false;
  await after(30_000);
  expect([asked, lost]).toEqual([0, 0]);
});

test('one probe at a time, and none after the end', async () => {
  answer = () => new Promise(() => undefined);
  void keepalive.check();
  void keepalive.check();
  expect(asked).toBe(1);
  keepalive.stop();
  await after(30_000);
  expect(asked).toBe(1);
});
