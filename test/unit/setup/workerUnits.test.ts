import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { units } from '../../../deploy/worker/units.mjs';
import { gather } from '../../../deploy/setup/workerUnits.mjs';

const buildFile =
  "sources = [\n  'a/one.cpp',\n  'a/two.cpp',\n  'b/three.cpp',\n]\nif more\n  sources += [\n    'old/four.cpp',\n  ]\n";
const wanted = {
  buildFile: 'meson.build',
  list: 'sources',
  unused: ['old/'],
  busy: { fast: ['a/'] },
  quiet: { rest: ['b/', 'a/two'] },
};

test('each source is in the unit with the longest matching name, in order, and unused ones are in none', () => {
  expect(gather(buildFile, wanted).units).toEqual(
    new Map([
      ['fast', ['a/one.cpp']],
      ['rest', ['b/three.cpp', 'a/two.cpp']],
    ]),
  );
});

test('the build file compiles the units instead of the sources', () => {
  expect(gather(buildFile, wanted).lists).toBe(
    "sources = ['units/fast.cpp']\nquiet_sources = ['units/rest.cpp']\nif more\n  sources += []\n",
  );
});

test.each([
  ['has no such list', { list: 'others' }, 'has no others'],
  ['has a source that no unit contains', { unused: [] }, 'no unit contains old/four.cpp'],
  ['has no source for a unit', { busy: { fast: ['a/'], faster: ['c/'] } }, 'has no c/'],
])('a mediasoup that %s is refused', (_, change, message) => {
  expect(() => gather(buildFile, { ...wanted, ...change })).toThrow(message);
});

test.each(units)('the units of $list fit the installed mediasoup', async (each) => {
  const text = await readFile(join('node_modules/mediasoup/worker', each.buildFile), 'utf8');
  expect(() => gather(text, each)).not.toThrow();
});
