// @ts-check
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const heartbeatEvery = 2_000;
const deadAfter = 10_000;

/**
 * Does the work while holding a lock file, so that two set-ups at once do not do the same thing.
 * The holder touches the file; one that was killed stops doing so, and the next takes over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(acquire: () => Promise<void>) => Promise<void>} [whileWaiting] called if somebody else holds it, to tell of it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, whileWaiting = (acquire) => acquire()) {
  await mkdir(dirname(path), { recursive: true });
  const acquire = async () => {
    while (!(await take(path))) await delay(200);
  };
  if (!(await take(path))) await whileWaiting(acquire);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, heartbeatEvery);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

/** @param {string} path */
async function take(path) {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  const held = await stat(path).catch(() => undefined);
  if (held && Date.now() - held.mtimeMs > deadAfter) await rm(path, { force: true });
  return false;
}
