/** How long a receiver asks us to wait. */
import { expect, test } from '@jest/globals';
import { longestRetryAfterMs, retryAfterMs } from '../../../src/call/webhookRetryAfter.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 37);
const asked = (retryAfter: string | undefined, date?: string) => retryAfterMs({ retryAfter, date }, now);

test.each([
  ['0', 0],
  ['7', 7_000],
  [' 7 ', 7_000],
  ['99999999999999999999', longestRetryAfterMs],
  ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
  ['Sunday, 06-Nov-94 08:50:37 GMT', 60_000],
  ['Sun Nov  6 08:50:37 1994', 60_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ['Sun, 06 Nov 2094 08:49:00 GMT', longestRetryAfterMs],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['1994-11-06T08:50:37Z', undefined],
  ['Sun, 06 Nov 1994 08:50:37', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s', (text, waitMs) => {
  expect(asked(text)).toBe(waitMs);
});

test('a date is meant by the receiver’s own clock', () => {
  expect(asked('Sun, 06 Nov 1994 09:50:37 GMT', 'Sun, 06 Nov 1994 09:50:07 GMT')).toBe(30_000);
  expect(asked('Sun, 06 Nov 1994 08:50:37 GMT', 'yesterday')).toBe(60_000);
});
