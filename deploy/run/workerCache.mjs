// @ts-check
// The mediasoup worker that an earlier set-up got, and which binaries have been seen to work.
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOsRelease } from './osRelease.mjs';
import { cacheFolder, checkout } from './folders.mjs';

const recipeFolder = fileURLToPath(new URL('../worker', import.meta.url));

/** Where the worker for this mediasoup, machine and recipe is kept. */
export async function cachedWorkerPath() {
  const key = workerKey({
    version: await mediasoupVersion(),
    system: await systemName(),
    recipe: await readRecipe(recipeFolder),
  });
  return join(workersFolder(), key, 'mediasoup-worker');
}

/** Where the ready-made worker of the mediasoup project is kept. */
export async function prebuiltWorkerPath() {
  return join(workersFolder(), `${await mediasoupVersion()}-${process.arch}-prebuilt`, 'mediasoup-worker');
}

/**
 * Writes down beside a binary that it is the ready-made one, for the server that runs it (src/adapters/mediasoup).
 * @param {string} path
 */
export async function notePrebuilt(path) {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  const note = { origin: 'prebuilt', version: await mediasoupVersion(), sha256 };
  await writeFile(`${path}.origin.json`, `${JSON.stringify(note)}\n`);
}

/**
 * @param {{ version: string, system: string, recipe: Map<string, string> }} parts `recipe` is file names and their contents
 * @returns {string} a folder name
 */
export function workerKey({ version, system, recipe }) {
  const hash = createHash('sha256').update(`${version}\0${system}\0`);
  for (const [name, content] of [...recipe].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\0${content}\0`);
  return `${version}-${process.arch}-${hash.digest('hex').slice(0, 16)}`;
}

/**
 * Puts a binary into the cache, all of it or nothing.
 * @param {string} binary
 * @param {string} path where it is to be
 */
export async function keepWorker(binary, path) {
  const unfinished = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await copyFile(binary, unfinished);
  await chmod(unfinished, 0o755);
  await rename(unfinished, path);
}

/**
 * Whether this very binary has passed the check with this mediasoup before.
 * @param {string} binary
 */
export async function hasPassed(binary) {
  return readFile(await passPath(binary)).then(
    () => true,
    () => false,
  );
}

/** @param {string} binary */
export async function rememberPassed(binary) {
  const path = await passPath(binary);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${new Date().toISOString()}\n`);
}

/** @param {string} path */
export async function forgetWorker(path) {
  await rm(dirname(path), { recursive: true, force: true });
}

export function workersFolder() {
  return join(cacheFolder(), 'mediasoup-worker');
}

/** @param {string} binary */
async function passPath(binary) {
  const digest = createHash('sha256')
    .update(await readFile(binary))
    .digest('hex');
  return join(workersFolder(), 'passed', `${await mediasoupVersion()}-${digest}`);
}

export async function mediasoupVersion() {
  const { version } = JSON.parse(await readFile(join(checkout, 'node_modules/mediasoup/package.json'), 'utf8'));
  return /** @type {string} */ (version);
}

/** The worker links the distribution's libraries: another release of it needs another worker. */
async function systemName() {
  const [distribution = ''] = /^ID=.*$/m.exec(await readOsRelease()) ?? [];
  const [release = ''] = /^VERSION_ID=.*$/m.exec(await readOsRelease()) ?? [];
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report?.getReport() ?? {});
  const libc = report.header?.glibcVersionRuntime ?? 'other-libc';
  return [process.platform, process.arch, libc, distribution, release].join(' ');
}

/**
 * @param {string} folder
 * @returns {Promise<Map<string, string>>} every file in it, with its content
 */
async function readRecipe(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (file) => /** @type {const} */ ([relative(folder, file), await readFile(file, 'utf8')])),
    ),
  );
}
