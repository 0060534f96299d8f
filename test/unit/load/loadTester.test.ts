/** What the program refuses before it makes anybody known. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { loadTester } from '../../../src/load/loadTester.ts';

let written: string;
beforeEach(() => {
  written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('a folder for results that cannot be made is wrong usage, before there is a run', async () => {
  const args = ['--url', 'http://127.0.0.1:1', '--out', '/dev/null/results'];
  expect(await loadTester(args, { VEILCAST_API_KEY: 'key' })).toBe(2);
  expect(written).toContain('The results cannot be written to /dev/null/results');
});
