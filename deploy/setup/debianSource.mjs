// @ts-check
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { exists } from '../run/exists.mjs';

/**
 * Fetches and unpacks the source of a Debian package into a folder. It uses lists of its own, so that neither root nor
 * `deb-src` entries are needed and the system's stay as they are.
 * @param {{ name: string, folder: string }} options
 * @returns {Promise<string>} the folder of the source
 */
export async function fetchDebianSource({ name, folder }) {
  const repositories = await officialRepositories();
  if (repositories.length === 0) throw new Error('apt has no repository of the distribution');
  const inside = (/** @type {string} */ path) => join(folder, path);
  await mkdir(inside('lists/partial'), { recursive: true });
  await mkdir(inside('cache/archives/partial'), { recursive: true });
  await mkdir(inside('source'), { recursive: true });
  await writeFile(inside('sources.list'), repositories.map((each) => `${each}\n`).join(''));

  const settings = {
    'Dir::Etc::sourcelist': inside('sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': inside('lists'),
    'Dir::Cache': inside('cache'),
    'APT::Sandbox::User': '',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await run('apt-get', [...options, 'update']);
  await run('apt-get', [...options, 'source', name], { cwd: inside('source') });
  const unpacked = (await readdir(inside('source'), { withFileTypes: true })).find((entry) => entry.isDirectory());
  if (!unpacked) throw new Error(`apt-get unpacked no source of ${name}`);
  return join(inside('source'), unpacked.name);
}

/** The `deb-src` lines of the distribution's own repositories, from wherever this machine gets its packages. */
async function officialRepositories() {
  const format = '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)';
  const targets = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const lines = [];
  for (const target of new Set(targets.split('\n'))) {
    const [origin = '', address, release, component] = target.split('|');
    if (!['Debian', 'Ubuntu'].includes(origin)) continue;
    const keyring = `/usr/share/keyrings/${origin.toLowerCase()}-archive-keyring.gpg`;
    const signedBy = (await exists(keyring)) ? `[signed-by=${keyring}] ` : '';
    lines.push(`deb-src ${signedBy}${address} ${release} ${component}`);
  }
  return lines;
}
