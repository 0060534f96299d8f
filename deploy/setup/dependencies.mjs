// @ts-check
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { checkout } from '../run/folders.mjs';
import { withLock } from './lock.mjs';

/** Kept inside node_modules, so that it goes when they go. */
export const installedStampPath = join('node_modules', '.veilcast-installed');

/**
 * Installs the packages when they are missing or older than what package.json and the lock file ask for.
 * @param {{ log: import('../run/reporter.mjs').Reporter, root?: string }} options
 */
export async function ensureDependencies({ log, root = checkout }) {
  if (!(await isStale(root))) return;
  await withLock(join(root, '.tmp', 'install.lock'), async () => {
    if (!(await isStale(root))) return;
    await log.step('Installing the npm packages', async () => {
      // Not `npm ci`: it refuses a lock file that leaves out packages for other platforms. `--no-save` keeps that file as it is.
      const flags = ['--no-save', '--include=dev', '--no-audit', '--no-fund'];
      await run('npm', ['install', ...flags], { cwd: root });
      await writeFile(join(root, installedStampPath), await wantedStamp(root));
    });
  });
}

/**
 * Whether the installed packages are not those that are asked for.
 * @param {string} root
 */
export async function isStale(root) {
  const installed = await readFile(join(root, installedStampPath), 'utf8').catch(() => '');
  return installed !== (await wantedStamp(root));
}

/** @param {string} root */
export async function wantedStamp(root) {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)).catch(() => ''));
  }
  // A package may bring another binary for another Node or machine.
  return hash.update(`${process.versions.modules}-${process.platform}-${process.arch}`).digest('hex');
}
