// @ts-check
// Whether what was built last was built from what is there now.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const stampPath = join('dist', '.built-from');
const sources = ['src', 'workers', 'config'];
/** What goes into a bundle from packages, and how bundles are made. */
const beside = ['package-lock.json', 'tsconfig.json'];

/** @param {string} root */
export async function isBuilt(root) {
  const built = await readFile(join(root, stampPath), 'utf8').catch(() => '');
  return built !== '' && built === (await stampOf(root));
}

/**
 * Runs a build, and remembers from what it was made once it is done; of files that change meanwhile what they were before.
 * @param {string} root
 * @param {() => Promise<void>} build
 */
export async function stamped(root, build) {
  const stamp = await stampOf(root);
  await rm(join(root, stampPath), { force: true });
  await build();
  await writeFile(join(root, stampPath), stamp);
}

/** @param {string} root */
async function stampOf(root) {
  const hash = createHash('sha256');
  hash.update(await readFile(fileURLToPath(new URL('./build.mjs', import.meta.url))));
  const folders = await Promise.all(sources.map((folder) => filesIn(join(root, folder))));
  for (const file of [...folders.flat(), ...beside.map((name) => join(root, name))]) {
    hash.update(`\0${relative(root, file)}\0`).update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex');
}

/** @param {string} folder */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}
