// @ts-check
// Builds the mediasoup worker from the source in its npm package, against the distribution's libraries.
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { addedFiles, libsrtp, marking, mends, mesonOptions, packages } from '../worker/recipe.mjs';
import { run } from './command.mjs';
import { ensurePackages } from './debian.mjs';
import { fetchDebianSource } from './debianSource.mjs';
import { checkout } from '../run/folders.mjs';
import { mediasoupVersion } from '../run/workerCache.mjs';

const purpose = 'building the mediasoup worker';

/**
 * @param {{ folder: string, log: import('../run/reporter.mjs').Reporter }} options `folder` is empty, for all that it makes
 * @returns {Promise<string>} the binary in that folder
 */
export async function buildWorker({ folder, log }) {
  await ensurePackages({ packages, purpose, log });
  const pkgConfigPath = await log
    .step('Building libsrtp with OpenSSL', () => buildLibsrtp(folder))
    .catch((error) => usePackagedLibsrtp(error, log));
  return log.step('Building the mediasoup worker (a few minutes, once)', (progress) =>
    compile(folder, pkgConfigPath, progress),
  );
}

/**
 * @param {string} folder
 * @returns {Promise<string>} where pkg-config finds it
 */
async function buildLibsrtp(folder) {
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
  log.line(`libsrtp could not be built with OpenSSL (${why}). The packaged one is taken, which is slower.`);
  await ensurePackages({ packages: libsrtp.packaged, purpose, log });
  return '';
}

/**
 * @param {string} folder
 * @param {string} pkgConfigPath
 * @param {import('../run/reporter.mjs').Progress} progress
 */
async function compile(folder, pkgConfigPath, progress) {
  const source = join(folder, 'worker');
  const build = join(folder, 'build');
  await cp(join(checkout, 'node_modules', 'mediasoup', 'worker'), source, { recursive: true });
  await placeSubprojects(join(source, 'subprojects'));
  await cp(new URL(`../worker/${addedFiles}/`, import.meta.url), source, { recursive: true });
  for (const mend of [...mends, marking(await mediasoupVersion())]) await applyMend(source, mend);

  const env = { ...process.env, ...(pkgConfigPath && { PKG_CONFIG_PATH: pkgConfigPath }) };
  await run('meson', ['setup', build, source, ...mesonOptions], { env });
  // First and alone: mediasoup's build files do not say that the rest needs these headers, and whether it finds them is luck.
  await run('meson', ['compile', '-C', build, 'flatbuffers-generator']);
  const jobs = String(availableParallelism());
  await run('nice', ['ninja', '-C', build, '-j', jobs, 'mediasoup-worker'], {
    onLine: (line) => {
      const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
      if (done) progress(`${Math.floor((100 * Number(done)) / Number(all))} %`);
    },
  });
  return join(build, 'mediasoup-worker');
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
    if (!directory) throw new Error(`${name}.wrap of mediasoup names no directory; see deploy/worker`);
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
      `${file} of this mediasoup holds ${parts.length - 1} times “${from}”, not once: deploy/worker/recipe.mjs must be looked at anew.`,
    );
  }
  await writeFile(path, parts.join(to));
}
