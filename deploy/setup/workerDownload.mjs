// @ts-check
import { readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { run } from './command.mjs';
import { checkout } from '../run/folders.mjs';

/** Behind a firewall nothing answers at all: that must not take long to see. */
const answerWithin = 4_000;
const downloadWithin = 20_000;

/**
 * Downloads the binary that the mediasoup project publishes for this system.
 * @param {{ folder: string, log: import('../run/reporter.mjs').Reporter }} options `folder` is empty, for all that it makes
 * @returns {Promise<string | undefined>} the binary in that folder; nothing where there is none to be had
 */
export async function downloadWorker({ folder, log }) {
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return undefined;
  try {
    return await log.step('Looking for a ready-made mediasoup worker', () => download(folder));
  } catch (error) {
    log.line(`No ready-made mediasoup worker: ${reason(error)}`);
    return undefined;
  }
}

/** @param {string} folder */
async function download(folder) {
  const address = prebuiltAddress(
    JSON.parse(await readFile(join(checkout, 'node_modules/mediasoup/package.json'), 'utf8')),
  );
  const probe = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(answerWithin) });
  if (!probe.ok) throw new Error(`the download failed with status ${probe.status}`);
  const response = await fetch(address, { signal: AbortSignal.timeout(downloadWithin) });
  if (!response.ok) throw new Error(`the download failed with status ${response.status}`);
  const archive = join(folder, 'worker.tgz');
  await writeFile(archive, Buffer.from(await response.arrayBuffer()));
  await run('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, 'mediasoup-worker');
}

/**
 * The same address that mediasoup's own installation uses.
 * @param {{ version: string, repository: { url: string } }} mediasoup its package.json
 */
export function prebuiltAddress({ version, repository }) {
  const releases = `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/releases/download`;
  const base = process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || releases;
  const kernel = process.platform === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  return `${base}/${version}/mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
}

/** @param {unknown} error */
function reason(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'the download did not answer in time';
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause || (error.message.split('\n')[0] ?? '');
}
