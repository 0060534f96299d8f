import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { isPathDead } from '../../../../src/client/ice/pathInquiry.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

type Entry = Readonly<Record<string, unknown>>;

/** What is known `ms` after the question. */
async function asked(entriesAt: (ms: number) => readonly Entry[], isOver = () => false): Promise<[boolean, number]> {
  const began = Date.now();
  const transport = {
    getStats: () =>
      Promise.resolve<RTCStatsReport>(new Map(entriesAt(Date.now() - began).map((one, at) => [String(at), one]))),
  };
  const inquiry = isPathDead({ transport, isOver });
  let settledAt = -1;
  void inquiry.then(() => {
    settledAt = Date.now() - began;
  });
  while (settledAt < 0) await jest.advanceTimersByTimeAsync(100);
  return [await inquiry, settledAt];
}

const pair = (requestsSent: number, responsesReceived: number) => ({
  type: 'candidate-pair',
  id: 'pair',
  requestsSent,
  responsesReceived,
});

test('a path whose server answers ICE checks is alive, however quiet the media', async () => {
  const [isDead, afterMs] = await asked((ms) => (ms < 2_500 ? [pair(4, 4)] : [pair(5, 5)]));
  expect(isDead).toBe(false);
  expect(afterMs).toBeLessThan(3_000);
});

test('a path whose server leaves ICE checks unanswered is dead', async () => {
  const [isDead, afterMs] = await asked((ms) => [pair(4 + Math.floor(ms / 500), 4)]);
  expect(isDead).toBe(true);
  expect(afterMs).toBeLessThan(2_500);
});

test('one lost answer does not mean a dead path', async () => {
  const [isDead] = await asked((ms) => [pair(ms < 500 ? 4 : 5, ms < 3_000 ? 4 : 5)]);
  expect(isDead).toBe(false);
});

test.each([
  ['of the transport', { type: 'transport', id: 'other', packetsReceived: 7 }],
  ['of a stream, where transports count none', { type: 'inbound-rtp', id: 'other', packetsReceived: 7 }],
  ['of bytes', { type: 'transport', id: 'other', bytesReceived: 700 }],
])('any packet is a sign of life: %s', async (_what, entry) => {
  const [isDead] = await asked((ms) => [pair(4, 4), ...(ms < 1_000 ? [] : [entry])]);
  expect(isDead).toBe(false);
});

test('a browser without counters is given the time of its own checks', async () => {
  const [isDead, afterMs] = await asked(() => []);
  expect(isDead).toBe(true);
  expect(afterMs).toBeGreaterThan(6_000);
});

test('a path closed meanwhile is not reported', async () => {
  expect(
    await asked(
      () => [],
      () => true,
    ),
  ).toEqual([false, expect.any(Number)]);
});
