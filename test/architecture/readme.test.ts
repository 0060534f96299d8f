/** What the README and the pages in `docs/` say of the code is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { configurationTable } from '../../config/configurationTable.ts';
import { environmentName, liveSettings, settingsInFiles } from '../../config/schema.ts';
import { errorTable } from '../../deploy/docs/errorTable.ts';
import { inventoryTable } from '../../src/adapters/redis/schema/dataInventory.ts';

const readme = readFileSync('README.md', 'utf8');
const page = (name: string) => readFileSync(`docs/${name}.md`, 'utf8');
const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const papers = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...pages];
const prose = papers.map((path) => readFileSync(path, 'utf8')).join('\n');
const names = z.record(z.string(), z.string());
const { dependencies, optionalDependencies, devDependencies, scripts } = z
  .object({ dependencies: names, optionalDependencies: names, devDependencies: names, scripts: names })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

test('the configuration table matches the schema', () => {
  expect(page('configuration')).toContain(configurationTable());
});

test.each([
  ['may be in files of their own', settingsInFiles, /`VEILCAST_API_KEYS_FILE`\): (.*?)\. SIGHUP/s],
  ['change with a reload', liveSettings, /with no restart: then (.*?) change at once/s],
] as const)('the list of settings that %s matches the schema', (_what, listed, place) => {
  const [, list = ''] = place.exec(page('configuration')) ?? [];
  const variables = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => `VEILCAST_${name}`);
  expect(variables).toEqual(listed.map(environmentName));
});

test('the data inventory table matches the code', () => {
  expect(page('data')).toContain(inventoryTable());
});

test('the table of error codes matches the catalogue', () => {
  expect(page('errors')).toContain(errorTable());
});

test('the README is short, and the usual documents exist', () => {
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(10_000);
  expect(readFileSync('LICENSE', 'utf8')).toContain('Apache License');
});

test.each(papers)('every link in %s leads to a file, and its tables are not padded', (path) => {
  const text = readFileSync(path, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(dirname(path), link)))).toEqual([]);
  expect(text.split('\n').filter((line) => line.startsWith('|') && /[^|\s] {2,}\||-{4,}/.test(line))).toEqual([]);
});

test.each(papers.filter((path) => path !== 'CHANGELOG.md' && !path.startsWith('docs/measurements/')))(
  'every file and folder named in %s exists',
  (path) => {
    const named = [...readFileSync(path, 'utf8').matchAll(/`((?:src|workers|config|deploy|test)\/[\w./-]*\w\/?)`/g)];
    const paths = named.map(([, name = '']) => name);
    expect(
      paths.filter((name) => !existsSync(name) && !existsSync(`${name}.ts`) && !existsSync(`${name}.test.ts`)),
    ).toEqual([]);
  },
);

test('every page in docs is linked, directly or not, from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    for (const [, link = ''] of readFileSync(path, 'utf8').matchAll(/\]\(([^):#]+\.md)/g)) {
      reached.add(join(dirname(path), link));
    }
  }
  expect(pages.filter((name) => !reached.has(name))).toEqual([]);
});

test.each(Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies }))(
  'docs/dependencies.md explains %s, and its version is exact',
  (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    if (!name.startsWith('@types/'))
      expect(page('dependencies')).toMatch(new RegExp(`^\\| \`${name}\` \\| .{10,} \\|$`, 'm'));
  },
);

test('every script named in the documents exists', () => {
  const named = [...prose.matchAll(/npm run ([a-z0-9:-]+)/g)].map(([, name]) => name);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});

test('no document has a placeholder', () => {
  expect(prose).not.toMatch(/^[A-Z]{4,}$|TODO|TBD/m);
});

test('the folder map names every folder of src', () => {
  for (const { name } of readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    expect(readme).toContain(`${name}/`);
  }
});
