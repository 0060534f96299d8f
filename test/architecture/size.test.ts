/** Files that fit in the head. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const cap = 300;

test.each(['src', 'workers', 'config', 'deploy'])(`no file of %s is longer than ${cap} lines`, (folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(ts|tsx|mjs)$/.test(name),
  );
  const long = files.filter((name) => readFileSync(join(folder, name), 'utf8').split('\n').length > cap);
  expect(files.length).toBeGreaterThan(0);
  expect(long).toEqual([]);
});
