// @ts-check
// Gathers the sources of the mediasoup worker in a few units of compilation.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** @typedef {import('../worker/units.mjs').Units} Units */

/**
 * Writes the units, and the build file anew so that it compiles them in the place of the single sources.
 * @param {string} source the folder of the worker's source
 * @param {Units} units
 */
export async function gatherSources(source, units) {
  const buildFile = join(source, units.buildFile);
  const text = await readFile(buildFile, 'utf8');
  const gathered = gather(text, units);
  const folder = join(dirname(buildFile), 'units');
  await mkdir(folder, { recursive: true });
  for (const [name, files] of gathered.units) {
    const lines = files.map((file) => includeLines(relative(folder, join(dirname(buildFile), file))));
    await writeFile(join(folder, `${name}.cpp`), lines.join(''));
  }
  await writeFile(buildFile, gathered.lists);
}

/**
 * @param {string} text of a build file
 * @param {Units} units
 * @returns {{ lists: string, units: Map<string, string[]> }} the text with the lists of units, and what is in each unit
 */
export function gather(text, { buildFile, list, unused, busy, quiet }) {
  const pattern = new RegExp(`^( *)${list} (\\+?=) \\[([^\\]]*)\\]`, 'gm');
  const sources = [...text.matchAll(pattern)].flatMap(([, , , body = '']) => quoted(body));
  if (sources.length === 0)
    throw new Error(`${buildFile} of this mediasoup has no ${list}: update deploy/worker/units.mjs`);

  const gathered = Object.entries({ ...busy, ...quiet }).flatMap(([name, paths]) =>
    paths.map((path) => ({ name, path, files: /** @type {string[]} */ ([]) })),
  );
  for (const file of sources) {
    if (unused.some((path) => file.startsWith(path))) continue;
    const [home] = gathered.filter(({ path }) => file.startsWith(path)).sort((a, b) => b.path.length - a.path.length);
    if (!home) throw new Error(`no unit contains ${file} of this mediasoup: update deploy/worker/units.mjs`);
    home.files.push(file);
  }
  const empty = gathered.find(({ files }) => files.length === 0);
  if (empty) throw new Error(`this mediasoup has no ${empty.path}: update deploy/worker/units.mjs`);

  const lists = text.replace(pattern, (_, indent, operator) =>
    operator === '='
      ? `${indent}${list} = ${listOf(busy)}\n${indent}quiet_${list} = ${listOf(quiet)}`
      : `${indent}${list} += []`,
  );
  const filesOf = (/** @type {string} */ unit) =>
    gathered.filter(({ name }) => name === unit).flatMap(({ files }) => files);
  return { lists, units: new Map(gathered.map(({ name }) => [name, filesOf(name)])) };
}

/** @param {Record<string, string[]>} part names of units */
function listOf(part) {
  return `[${Object.keys(part)
    .map((name) => `'units/${name}.cpp'`)
    .join(', ')}]`;
}

/** @param {string} body of a list in a build file */
function quoted(body) {
  return [...body.matchAll(/'([^']+)'/g)].map(([, path = '']) => path);
}

/**
 * Each file tells loggers its name by a macro.
 * @param {string} file
 */
function includeLines(file) {
  return `#include "${file}"\n#undef MS_CLASS\n`;
}
