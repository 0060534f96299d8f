/** How long a receiver asks us to wait. */
import { expect, test } from '@jest/globals';
import { longestRetryAfterMs, retryAfterMs } from '../../../../src/domain/webhooks/retryAfterHeader.ts';

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

test('a date is relative to the receiver’s own clock', () => {
  expect(asked('Sun, 06 Nov 1994 09:50:37 GMT', 'Sun, 06 Nov 1994 09:50:07 GMT')).toBe(30_000);
  expect(asked('Sun, 06 Nov 1994 08:50:37 GMT', 'yesterday')).toBe(60_000);
});

test('every month is parsed in every form', () => {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  for (const [index, month] of months.entries()) {
    const sent = new Date(Date.UTC(2026, index, 15, 8, 0, 0));
    const at = { retryAfter: `Thu, 15 ${month} 2026 08:00:09 GMT`, date: ` ${sent.toUTCString()} ` };
    expect(retryAfterMs(at, now)).toBe(9_000);
    expect(retryAfterMs({ ...at, retryAfter: `Thursday, 15-${month}-26 08:00:09 GMT` }, now)).toBe(9_000);
    expect(retryAfterMs({ ...at, retryAfter: `Thu ${month} 15 08:00:09 2026` }, now)).toBe(9_000);
  }
});

test('two-digit years up to 69 are in this century, and from 70 in the last', () => {
  const inYear = (year: string) => Date.UTC(Number(year), 0, 1, 0, 0, 0);
  const wait = (short: string, year: string) =>
    retryAfterMs({ retryAfter: `Friday, 01-Jan-${short} 00:00:01 GMT`, date: undefined }, inYear(year));
  expect([wait('69', '2069'), wait('00', '2000'), wait('70', '1970'), wait('99', '1999')]).toEqual([
    ...[1_000, 1_000, 1_000, 1_000],
  ]);
});

test('the maximum is an hour', () => {
  expect([asked('3599'), asked('3600'), asked('3601')]).toEqual([3_599_000, 3_600_000, 3_600_000]);
});
