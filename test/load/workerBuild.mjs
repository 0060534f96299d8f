// @ts-check
// How long set-up compiles the media worker, beside mediasoup's own way: each source by itself, all optimisations.
//
//   npm run measure:worker-build -- [--rounds 1] [--keep FOLDER]
//
// Both in turn, in scratch folders, with the same libsrtp and the same changes to the source. Processor time counts all
// compilers; it is what can be compared while others use the machine. `--keep` keeps both workers as FOLDER/before and
// FOLDER/now, to compare their speed. The last line is one JSON object.
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from '../../deploy/worker/recipe.mjs';
import { ensurePackages } from '../../deploy/setup/debian.mjs';
import { runAsCommand } from '../../deploy/run/entry.mjs';
import { checkout } from '../../deploy/run/folders.mjs';
import { withScratchFolder } from '../../deploy/setup/scratchFolder.mjs';
import { buildLibsrtp, compile, compileSource, placeSource } from '../../deploy/setup/workerBuild.mjs';

const mediasoupOptions = ['--buildtype=release', '-Db_ndebug=true', '--wrap-mode=nodownload'];
/** Of `times` in /proc (see proc(5)), which Linux fixes for programs. */
const ticksPerSecond = 100;

/** @typedef {(folder: string, pkgConfigPath: string, progress: import('../../deploy/run/reporter.mjs').Progress) => Promise<string>} Way */

/** @type {Record<'before' | 'now', Way>} */
const ways = {
  before: async (folder, pkgConfigPath, progress) => {
    const source = join(folder, 'worker');
    await placeSource(source);
    return compileSource({ source, build: join(folder, 'build'), pkgConfigPath, options: mediasoupOptions, progress });
  },
  now: compile,
};

/** @typedef {{ seconds: number, cpuSeconds: number }} Times */

await runAsCommand(async (log) => {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' }, keep: { type: 'string' } } });
  const rounds = Number(values.rounds);
  const keep = values.keep && resolve(values.keep);
  if (keep) await mkdir(keep, { recursive: true });
  await ensurePackages({ packages, purpose: 'building the mediasoup worker', log });

  /** @type {Record<'before' | 'now', Times[]>} */
  const measured = { before: [], now: [] };
  await withScratchFolder(join(checkout, '.tmp', 'worker-build'), async (top) => {
    const pkgConfigPath = await log.step('Building libsrtp', () => buildLibsrtp(top));
    for (let round = 1; round <= rounds; round++) {
      for (const name of /** @type {const} */ (['now', 'before'])) {
        const times = await withScratchFolder(join(top, name), (folder) =>
          log.step(`Building the worker as ${name}, ${round} of ${rounds}`, async (progress) => {
            const began = { at: performance.now(), cpu: await cpuSecondsOfChildren() };
            const binary = await ways[name](folder, pkgConfigPath, progress);
            const ended = { at: performance.now(), cpu: await cpuSecondsOfChildren() };
            if (keep) await copyFile(binary, join(keep, name));
            return { seconds: (ended.at - began.at) / 1000, cpuSeconds: ended.cpu - began.cpu };
          }),
        );
        measured[name].push(times);
        console.log(`${name}: ${times.seconds.toFixed(1)} s, ${times.cpuSeconds.toFixed(1)} s of processor time`);
      }
    }
  });
  const before = meanOf(measured.before);
  const now = meanOf(measured.now);
  const workerBuildRatio = rounded(now.cpuSeconds / before.cpuSeconds);
  const waitRatio = rounded(now.seconds / before.seconds);
  console.log(JSON.stringify({ rounds, before, now, workerBuildRatio, waitRatio }));
});

/** Of all children that have ended, and theirs: fields 16 and 17 of proc_pid_stat(5). */
async function cpuSecondsOfChildren() {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const [, , , , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) / ticksPerSecond;
}

/**
 * @param {Times[]} times
 * @returns {Times}
 */
function meanOf(times) {
  const mean = (/** @type {keyof Times} */ what) => times.reduce((sum, each) => sum + each[what], 0) / times.length;
  return { seconds: rounded(mean('seconds')), cpuSeconds: rounded(mean('cpuSeconds')) };
}

/** @param {number} number */
function rounded(number) {
  return Math.round(number * 100) / 100;
}
