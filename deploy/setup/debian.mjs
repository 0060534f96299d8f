// @ts-check
// Debian's packages (and Ubuntu's): which are missing, and how they get here.
import { rename, rm, writeFile } from 'node:fs/promises';
import { run, succeeds } from './command.mjs';
import { exists } from '../run/exists.mjs';
import { readOsRelease } from '../run/osRelease.mjs';
import { MissingPackages, SetupProblem } from '../run/problem.mjs';

/** @param {string} [osRelease] the text of /etc/os-release */
export function isDebianLike(osRelease = '') {
  const names = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, value = '']) => value.split(' '));
  return names.includes('debian') || names.includes('ubuntu');
}

/**
 * Makes sure that packages are installed: by apt-get where this process is root, else by asking for it in one sentence.
 * @param {{ packages: string[], purpose: string, log: import('../run/reporter.mjs').Reporter }} options
 *   `purpose` is a noun phrase, such as `the private Redis`
 */
export async function ensurePackages({ packages, purpose, log }) {
  if (!isDebianLike(await readOsRelease())) {
    throw new SetupProblem(
      `Set-up can install packages (for ${purpose}) on Debian and Ubuntu only. Install what these Debian packages contain by hand: ${packages.join(' ')}.`,
    );
  }
  const missing = await missingAmong(packages);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new MissingPackages(missing, [purpose]);
  await log.step(`Installing ${packagesInWords(missing)} for ${purpose}`, (progress) => install(missing, progress));
}

/** @param {string[]} packages */
function packagesInWords(packages) {
  return packages.length > 3 ? `${packages.length} Debian packages` : packages.join(', ');
}

/** @param {string[]} packages */
async function missingAmong(packages) {
  const installed = await Promise.all(
    packages.map((name) =>
      run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]).then(
        (status) => status === 'installed',
        () => false,
      ),
    ),
  );
  return packages.filter((_, index) => !installed[index]);
}

/**
 * @param {string[]} packages
 * @param {import('../run/reporter.mjs').Progress} progress
 */
async function install(packages, progress) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const waitForOthers = ['-o', 'DPkg::Lock::Timeout=300'];
  progress('reading the lists');
  await run('apt-get', [...waitForOthers, 'update'], { env });
  await withoutStartingServices(() =>
    run(
      'apt-get',
      [...waitForOthers, '-o', 'APT::Status-Fd=3', 'install', '--yes', '--no-install-recommends', ...packages],
      {
        env,
        onStatus: (line) => {
          // `dlstatus:1:23.4:Retrieving …` while it downloads, `pmstatus:name:56.7:Unpacking …` while it installs.
          const [, phase, percent] = /^(dl|pm)status:[^:]*(?::[a-z0-9]+)?:([\d.]+):/.exec(line) ?? [];
          if (percent) progress(`${phase === 'dl' ? 'downloading' : 'installing'} ${Math.round(Number(percent))} %`);
        },
      },
    ),
  );
}

const policy = '/usr/sbin/policy-rc.d';

/**
 * Packages such as redis-server start a daemon as they are installed, and at every boot. Nobody asked for that one.
 * @template T
 * @param {() => Promise<T>} work
 */
async function withoutStartingServices(work) {
  const aside = `${policy}.before-veilcast`;
  const hadOne = await exists(policy);
  if (hadOne) await rename(policy, aside);
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (hadOne) await rename(aside, policy);
    else await rm(policy, { force: true });
  }
}

/**
 * Keeps a service that a package brought from starting at boot.
 * @param {string} service
 */
export async function disableAtBoot(service) {
  if (await exists('/run/systemd/system')) await succeeds('systemctl', ['disable', service]);
}
