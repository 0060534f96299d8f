// @ts-check
// `node deploy/setup/test.mjs <jest's arguments>`: every test. `--part unit …`: one part. `--one WORD …`: the files whose
// path holds the word. Sets up what they need, and no more.
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runInForeground } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { runAsCommand } from '../run/entry.mjs';
import { checkout } from '../run/folders.mjs';
import { prepare } from './prepare.mjs';
import { SetupProblem } from '../run/problem.mjs';

/**
 * @typedef {object} Part
 * @property {string[]} folders
 * @property {'nothing' | 'programs' | 'browsers' | 'networks'} needs each needs what is named before it, too
 * @property {string[]} [jest]
 */

/** @type {Record<string, Part>} */
const parts = {
  // Nothing of them is shared, so that each core runs its own, and one more while others wait for a time limit.
  unit: { folders: ['test/unit'], needs: 'nothing', jest: [`--maxWorkers=${availableParallelism() + 1}`] },
  model: { folders: ['test/model'], needs: 'nothing' },
  architecture: { folders: ['test/architecture'], needs: 'nothing' },
  contract: { folders: ['test/contract'], needs: 'programs' },
  integration: { folders: ['test/integration'], needs: 'programs' },
  e2e: { folders: ['test/e2e'], needs: 'browsers' },
};
const inOrder = /** @type {const} */ (['nothing', 'programs', 'browsers', 'networks']);

await runAsCommand(async (log) => {
  const { needs, jest } = await asked(process.argv.slice(2));
  if (needs === 'nothing') await ensureDependencies({ log });
  else {
    // Nobody but root may make networks; without them the proof says that it proved nothing.
    const networks = needs === 'networks' && process.platform === 'linux' && process.getuid?.() === 0;
    await prepare({ log, redis: true, browsers: needs !== 'programs', networks });
  }
  // Jest runs ES modules through this part of Node only. It loads every module anew for each file: with the usual
  // 16 MiB for young objects, a sixth of the time went to collecting garbage.
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--max-semi-space-size=64'];
  process.exitCode = await runInForeground(process.execPath, [...node, 'node_modules/jest/bin/jest.js', ...jest], {
    cwd: checkout,
  });
});

/**
 * @param {string[]} args
 * @returns {Promise<{ needs: Part['needs'], jest: string[] }>}
 */
async function asked([option, name = '', ...more]) {
  if (option === '--part') {
    const part = parts[name];
    if (!part)
      throw new SetupProblem(`Unknown part of the tests: ${name}. There are ${Object.keys(parts).join(', ')}.`);
    return { needs: part.needs, jest: [...part.folders, ...(part.jest ?? []), ...more] };
  }
  if (option === '--one') {
    const needs = await needsOf(name);
    return { needs, jest: [name, ...more] };
  }
  return { needs: 'networks', jest: process.argv.slice(2) };
}

/**
 * What the tests need whose path holds the word.
 * @param {string} word
 */
async function needsOf(word) {
  const paths = await readdir(join(checkout, 'test'), { recursive: true });
  const files = paths.map((path) => join('test', path)).filter((path) => /\.test\.tsx?$/.test(path));
  const found = word === '' ? [] : files.filter((path) => path.includes(word.replace(/^\.\//, '')));
  if (found.length === 0)
    throw new SetupProblem(`No test file has “${word}” in its path: name a test, or a part of its path.`);
  const needs = found.map(
    (path) => Object.values(parts).find(({ folders }) => isIn(path, folders))?.needs ?? 'networks',
  );
  return inOrder.findLast((need) => needs.includes(need)) ?? 'networks';
}

/**
 * @param {string} path
 * @param {string[]} folders
 */
function isIn(path, folders) {
  return folders.some((folder) => path.startsWith(join(folder, '/')));
}
