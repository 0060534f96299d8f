/** How late webhooks are is told from what a client knew, by the messages that were accepted. */
import { expect, test } from '@jest/globals';
import { latenessOf, p99Of } from '../../torture/judge/lateness.ts';

const happened = [
  { callId: 'call_one', event: 'made', at: 1_000 },
  { callId: 'call_one', event: 'ended', at: 2_000 },
] as const;
const message = (type: string, at: number, accepted = true) => ({ callId: 'call_one', type, accepted, at });
const late = (received: readonly ReturnType<typeof message>[], windows: { from: number; to: number }[] = []) =>
  latenessOf(happened, received, { windows, endedAt: 90_000 });

test('is the time from an event to its message, and never negative', () => {
  expect(late([message('call.ringing', 990), message('call.ended', 2_700)])).toEqual([0, 700]);
});

test('counts a message that never came as late until the end', () => {
  expect(late([message('call.ringing', 1_010)])).toEqual([10, 88_000]);
  expect(late([message('call.ringing', 1_010), message('call.ended', 2_010, false)])).toEqual([10, 88_000]);
  expect(late([])).toEqual([89_000, 88_000]);
});

test('leaves out events that waited for a store without writes', () => {
  expect(late([], [{ from: 3_500, to: 6_500 }])).toEqual([89_000]);
});

test('p99 is the start of the slowest hundredth', () => {
  expect(p99Of([])).toBe(0);
  expect(p99Of(Array.from({ length: 200 }, (_, index) => index + 1))).toBe(198);
});
