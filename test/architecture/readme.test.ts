/** What the README and the pages in `docs/` say of the code is so. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { configurationTable } from '../../config/table.ts';
import { keptTable } from '../../src/adapters/redis/kept.ts';

const readme = readFileSync('README.md', 'utf8');
const page = (name: string) => readFileSync(`docs/${name}.md`, 'utf8');
const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const prose = [readme, ...pages.map((name) => readFileSync(`docs/${name}`, 'utf8'))].join('\n');
const names = z.record(z.string(), z.string());
const { dependencies, devDependencies, scripts } = z
  .object({ dependencies: names, devDependencies: names, scripts: names })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

test('the configuration table is that of the schema', () => {
  expect(page('configuration')).toContain(configurationTable());
});

test('the table of what is kept is that of the code', () => {
  expect(page('data')).toContain(keptTable());
});

test.each(Object.entries({ ...dependencies, ...devDependencies }))(
  'docs/dependencies.md says in a line why %s is there, and its version is exact',
  (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    if (!name.startsWith('@types/'))
      expect(page('dependencies')).toMatch(new RegExp(`^\\| \`${name}\` \\| .{10,} \\|$`, 'm'));
  },
);

test('every script that they name exists', () => {
  const named = [...prose.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

test('nothing is left to be filled in', () => {
  expect(prose).not.toMatch(/^[A-Z]{4,}$|TODO|TBD/m);
});

test('the folder map names every folder of src', () => {
  for (const { name } of readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    expect(readme).toContain(`${name}/`);
  }
});
