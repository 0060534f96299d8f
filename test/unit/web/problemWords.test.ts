import { expect, test } from '@jest/globals';
import { VeilcastError } from '../../../src/client/support/errors.ts';
import { problemWords } from '../../../src/web/words.ts';

test.each([
  [undefined, 'That was a little fast. Try again in a moment.'],
  [10_000, 'That was a little fast. Try again in a moment.'],
  [40_500, 'You can try again in 41 seconds.'],
  [300_000, 'You can try again in 5 minutes.'],
  [6 * 3_600_000, 'You can try again in 6 hours.'],
])('a user who must wait %s ms is told for how long', (retryAfterMs, words) => {
  expect(problemWords(new VeilcastError('too_many_requests', { retryAfterMs }))).toBe(words);
});

test('during maintenance, people read the text of the operator', () => {
  expect(problemWords(new VeilcastError('maintenance', { detail: 'We are back at noon.' }))).toBe(
    'We are back at noon.',
  );
});
