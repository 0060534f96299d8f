/** One meaning a word: those that were given up stay out of code, tests, settings and docs. */
import { expect, test } from '@jest/globals';
import { findOldWords, oldWordsIn } from './vocabulary.ts';

test('no word of the old vocabulary is used', () => {
  const found = findOldWords().map(({ path, line, word, say }) => `${path}:${line} “${word}”: say “${say}”`);
  expect(found).toEqual([]);
});

test.each([
  ['an identifier', 'src/a.ts', 'const door = new MasterDoor();', 1],
  ['prose', 'docs/a.md', 'every client goes through the master doors', 1],
  ['a constant', 'src/a.ts', '\n\nconst MASTER_DOOR = 1;', 3],
  ['the name of a file', 'src/masterDoor.ts', '', 0],
])('an old word is found in %s', (_name, path, text, line) => {
  expect(oldWordsIn(path, text, { 'master door': 'master proxy' })).toEqual([
    { path, line, word: 'master door', say: 'master proxy' },
  ]);
});

test('a longer word that contains an old one is not reported', () => {
  expect(oldWordsIn('src/a.ts', 'newspaper, renewal', { news: 'events', new: 'other' })).toEqual([]);
});
