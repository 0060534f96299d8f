// @ts-check
// Gets a mediasoup worker that is known to work: the one given, a cached one, a ready-made one, or one built here.
import { dirname, resolve } from 'node:path';
import { checkWorker } from './checkWorker.mjs';
import { isDebianLike, readOsRelease } from './debian.mjs';
import { exists } from './exists.mjs';
import { withLock } from './lock.mjs';
import { SetupProblem } from './problem.mjs';
import { withScratchFolder } from './scratchFolder.mjs';
import { buildWorker } from './workerBuild.mjs';
import { cachedWorkerPath, forgetWorker, hasPassed, keepWorker, rememberPassed } from './workerCache.mjs';
import { downloadWorker } from './workerDownload.mjs';

/** @typedef {import('./reporter.mjs').Reporter} Reporter */

/**
 * @param {{ log: Reporter }} options
 * @returns {Promise<string>} the path of the binary
 */
export async function ensureMediasoupWorker({ log }) {
  const given = process.env.VEILCAST_MEDIA_WORKER_BIN || process.env.MEDIASOUP_WORKER_BIN;
  if (given) return useGiven(resolve(given), log);

  const path = await cachedWorkerPath();
  if (await isUsable(path, log)) return path;
  return withLock(
    `${dirname(path)}.lock`,
    async () => {
      if (await isUsable(path, log)) return path;
      await forgetWorker(path);
      await getNew(path, log);
      return path;
    },
    (acquire) => log.step('Waiting for another set-up that is getting the mediasoup worker', () => acquire()),
  );
}

/**
 * @param {string} binary
 * @param {Reporter} log
 */
async function useGiven(binary, log) {
  if (!(await exists(binary))) throw new SetupProblem(`MEDIASOUP_WORKER_BIN names ${binary}, which is not there.`);
  const why = await whatIsWrong(binary, log);
  if (why) throw new SetupProblem(`The mediasoup worker that MEDIASOUP_WORKER_BIN names does not work: ${why}`);
  return binary;
}

/**
 * @param {string} path
 * @param {Reporter} log
 */
async function isUsable(path, log) {
  if (!(await exists(path))) return false;
  const why = await whatIsWrong(path, log);
  if (why) log.line(`The cached mediasoup worker does not work any more: ${why}`);
  return !why;
}

/**
 * @param {string} path where it is to be
 * @param {Reporter} log
 */
async function getNew(path, log) {
  const folder = `${dirname(path)}.unfinished`;
  await withScratchFolder(folder, async () => {
    const downloaded = await downloadWorker({ folder, log });
    const whyNot = downloaded && (await whatIsWrong(downloaded, log));
    if (downloaded && !whyNot) return keepWorker(downloaded, path);
    if (whyNot) log.line(`The ready-made mediasoup worker does not work here: ${whyNot}`);
  });
  if (await exists(path)) return;

  if (!isDebianLike(await readOsRelease())) {
    throw new SetupProblem(
      'There is no ready-made mediasoup worker for this system, and it can be built on Debian and Ubuntu only. ' +
        'Name one of your own in MEDIASOUP_WORKER_BIN, or run Veilcast in a Debian container.',
    );
  }
  await withScratchFolder(folder, async () => {
    const built = await buildWorker({ folder, log });
    const whyNot = await whatIsWrong(built, log);
    if (whyNot) throw new SetupProblem(`The mediasoup worker was built but does not work: ${whyNot}`);
    await keepWorker(built, path);
  });
}

/**
 * Checks a binary that has not passed before.
 * @param {string} binary
 * @param {Reporter} log
 * @returns {Promise<string | undefined>} why it cannot be used, or nothing
 */
async function whatIsWrong(binary, log) {
  if (await hasPassed(binary)) return undefined;
  const result = await log.step('Checking the mediasoup worker with a DTLS handshake', () => checkWorker(binary));
  if (!result.ok) return result.why;
  await rememberPassed(binary);
  return undefined;
}
