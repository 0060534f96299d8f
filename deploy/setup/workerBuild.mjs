// @ts-check
// Builds the mediasoup worker from the source in its npm package, against the distribution's libraries.
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { addedFiles, libsrtp, marking, mends, mesonOptions, packages } from '../worker/recipe.mjs';
import { mends as unitMends, units } from '../worker/units.mjs';
import { run } from './command.mjs';
import { ensurePackages } from './debian.mjs';
import { fetchDebianSource } from './debianSource.mjs';
import { checkout } from '../run/folders.mjs';
import { mediasoupVersion, workersFolder } from '../run/workerCache.mjs';
import { gatherSources } from './workerUnits.mjs';

const purpose = 'building the mediasoup worker';

/** What a compiler takes at most for the largest unit: 0.7 GB with g++ 12. */
const bytesOfUnit = 1e9;

/**
 * @param {{ folder: string, log: import('../run/reporter.mjs').Reporter }} options `folder` is empty, for all that it makes
 * @returns {Promise<string>} the binary in that folder
 */
export async function buildWorker({ folder, log }) {
  log.line(
    'There is no media worker for this system yet. It is compiled once from the source in its npm package and kept in ' +
      `${workersFolder()} for all clones.`,
  );
  await ensurePackages({ packages, purpose, log });
  const pkgConfigPath = await log
    .step('Building libsrtp with OpenSSL', () => buildLibsrtp(folder))
    .catch((error) => usePackagedLibsrtp(error, log));
  return log.step('Compiling the media worker (one to five minutes, once)', (progress) =>
    compile(folder, pkgConfigPath, progress),
  );
}

/**
 * @param {string} folder
 * @returns {Promise<string>} where pkg-config finds it
 */
export async function buildLibsrtp(folder) {
  const source = await fetchDebianSource({ name: libsrtp.source, folder: join(folder, 'apt') });
  const build = join(folder, 'libsrtp-build');
  const prefix = join(folder, 'libsrtp');
  await run('meson', ['setup', build, source, '--prefix', prefix, '--libdir=lib', ...libsrtp.mesonOptions]);
  await run('meson', ['install', '-C', build]);
  return join(prefix, 'lib', 'pkgconfig');
}

/**
 * @param {unknown} error why the source could not be built
 * @param {import('../run/reporter.mjs').Reporter} log
 * @returns {Promise<string>} nothing for pkg-config to look at beside the system's
 */
async function usePackagedLibsrtp(error, log) {
  const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
  log.line(`Cannot build libsrtp with OpenSSL (${why}). The packaged libsrtp is used, which is slower.`);
  await ensurePackages({ packages: libsrtp.packaged, purpose, log });
  return '';
}

/**
 * @param {string} folder
 * @param {string} pkgConfigPath
 * @param {import('../run/reporter.mjs').Progress} progress
 */
export async function compile(folder, pkgConfigPath, progress) {
  const source = join(folder, 'worker');
  await placeSource(source);
  for (const each of units) await gatherSources(source, each);
  for (const mend of unitMends) await applyMend(source, mend);
  return compileSource({ source, build: join(folder, 'build'), pkgConfigPath, options: mesonOptions, progress });
}

/**
 * Puts the worker's source there, with the changes of the recipe.
 * @param {string} source
 */
export async function placeSource(source) {
  await cp(join(checkout, 'node_modules', 'mediasoup', 'worker'), source, { recursive: true });
  await placeSubprojects(join(source, 'subprojects'));
  await cp(new URL(`../worker/${addedFiles}/`, import.meta.url), source, { recursive: true });
  for (const mend of [...mends, marking(await mediasoupVersion())]) await applyMend(source, mend);
}

/**
 * @param {object} options
 * @param {string} options.source
 * @param {string} options.build
 * @param {string} options.pkgConfigPath
 * @param {string[]} options.options for meson
 * @param {import('../run/reporter.mjs').Progress} options.progress
 * @returns {Promise<string>} the binary
 */
export async function compileSource({ source, build, pkgConfigPath, options, progress }) {
  const env = { ...process.env, ...(pkgConfigPath && { PKG_CONFIG_PATH: pkgConfigPath }) };
  await run('meson', ['setup', build, source, ...options], { env });
  // First and alone: mediasoup's build files do not say that the rest needs these headers, and whether it finds them is luck.
  await run('meson', ['compile', '-C', build, 'flatbuffers-generator']);
  await run('nice', ['ninja', '-C', build, '-j', String(jobs()), 'mediasoup-worker'], {
    onLine: (line) => {
      const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
      if (done) progress(`${done} of ${all} parts`);
    },
  });
  return join(build, 'mediasoup-worker');
}

/** As many compilers as there are cores, and as have room. */
function jobs() {
  const room = Math.min(totalmem(), process.constrainedMemory() || totalmem());
  return Math.max(1, Math.min(availableParallelism(), Math.floor(room / bytesOfUnit)));
}

/**
 * Meson downloads no subproject whose folder is there. Ours point at the system's libraries.
 * @param {string} target
 */
async function placeSubprojects(target) {
  const ours = new URL('../worker/subprojects/', import.meta.url);
  for (const name of await readdir(ours)) {
    const wrap = await readFile(join(target, `${name}.wrap`), 'utf8');
    const directory = /^directory\s*=\s*(\S+)/m.exec(wrap)?.[1];
    if (!directory) throw new Error(`${name}.wrap of mediasoup names no directory: see deploy/worker`);
    await cp(new URL(name, ours), join(target, directory), { recursive: true });
  }
}

/**
 * @param {string} source
 * @param {{ file: string, from: string, to: string }} mend
 */
export async function applyMend(source, { file, from, to }) {
  const path = join(source, file);
  const parts = (await readFile(path, 'utf8')).split(from);
  if (parts.length !== 2) {
    throw new Error(
      `${file} of this mediasoup has “${from}” ${parts.length - 1} times, not once: update deploy/worker/recipe.mjs.`,
    );
  }
  await writeFile(path, parts.join(to));
}
