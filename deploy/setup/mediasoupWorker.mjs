// @ts-check
// Gets a mediasoup worker that is known to work: the one given, or one built here by our recipe, now or before; to be quick,
// or because the operator asks for it by name, the ready-made one of the mediasoup project.
import { dirname, resolve } from 'node:path';
import { checkWorker } from './checkWorker.mjs';
import { isDebianLike } from './debian.mjs';
import { readOsRelease } from '../run/osRelease.mjs';
import { exists } from '../run/exists.mjs';
import { withLock } from './lock.mjs';
import { SetupProblem } from '../run/problem.mjs';
import { withScratchFolder } from './scratchFolder.mjs';
import { buildWorker } from './workerBuild.mjs';
import {
  cachedWorkerPath,
  forgetWorker,
  hasPassed,
  keepWorker,
  notePrebuilt,
  prebuiltWorkerPath,
  rememberPassed,
} from '../run/workerCache.mjs';
import { downloadWorker } from './workerDownload.mjs';

/** @typedef {import('../run/reporter.mjs').Reporter} Reporter */

/**
 * @param {{ log: Reporter, quick?: boolean }} options `quick`: a ready-made one will do where ours is not built yet
 * @returns {Promise<string>} the path of the binary
 */
export async function ensureMediasoupWorker({ log, quick = false }) {
  const given = process.env.VEILCAST_MEDIA_WORKER_BIN || process.env.MEDIASOUP_WORKER_BIN;
  if (given) return useGiven(resolve(given), log);

  const path = await cachedWorkerPath();
  const isAskedFor = process.env.VEILCAST_MEDIA_WORKER_ORIGIN === 'prebuilt';
  if (!isAskedFor && (await isUsable(path, log))) return path;
  return withLock(
    `${dirname(path)}.lock`,
    async () => {
      if (!isAskedFor && (await isUsable(path, log))) return path;
      const prebuilt = isAskedFor || quick ? await getPrebuilt(log) : undefined;
      if (prebuilt) return prebuilt;
      await forgetWorker(path);
      await build(path, log);
      return path;
    },
    (acquire) => log.step('Waiting for another set-up that builds the mediasoup worker', () => acquire()),
  );
}

/**
 * @param {string} binary
 * @param {Reporter} log
 */
async function useGiven(binary, log) {
  if (!(await exists(binary))) throw new SetupProblem(`MEDIASOUP_WORKER_BIN is ${binary}, but there is no such file.`);
  const why = await whatIsWrong(binary, log);
  if (why) throw new SetupProblem(`The mediasoup worker in MEDIASOUP_WORKER_BIN does not work: ${why}`);
  return binary;
}

/**
 * @param {string} path
 * @param {Reporter} log
 */
async function isUsable(path, log) {
  if (!(await exists(path))) return false;
  const why = await whatIsWrong(path, log);
  if (why) log.line(`The cached mediasoup worker no longer works: ${why}`);
  return !why;
}

/**
 * @param {Reporter} log
 * @returns {Promise<string | undefined>} the ready-made one, where it can be had and works
 */
async function getPrebuilt(log) {
  const path = await prebuiltWorkerPath();
  if (!(await isUsable(path, log))) {
    await withScratchFolder(`${dirname(path)}.unfinished`, async (folder) => {
      const downloaded = await downloadWorker({ folder, log });
      const whyNot = downloaded && (await whatIsWrong(downloaded, log));
      if (whyNot) log.line(`The ready-made mediasoup worker does not work here: ${whyNot}`);
      if (!downloaded || whyNot) return;
      await keepWorker(downloaded, path);
      await notePrebuilt(path);
    });
    if (!(await exists(path))) return undefined;
  }
  log.line('The media worker is the ready-made one, without the limits of ours. "npm run setup" builds ours.');
  return path;
}

/**
 * @param {string} path where it is to be
 * @param {Reporter} log
 */
async function build(path, log) {
  if (!isDebianLike(await readOsRelease())) {
    throw new SetupProblem(
      'The media worker can be built on Debian and Ubuntu only. Run Veilcast in a Debian container, set MEDIASOUP_WORKER_BIN to ' +
        'a worker of your own, or use the ready-made one with VEILCAST_MEDIA_WORKER_ORIGIN=prebuilt.',
    );
  }
  await withScratchFolder(`${dirname(path)}.unfinished`, async (folder) => {
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
