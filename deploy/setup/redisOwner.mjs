// @ts-check
// Who uses a data folder: a redis-server outlives a server that was killed, and two servers must not share one.
import { readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupProblem } from '../run/problem.mjs';

/**
 * @typedef {object} Owner
 * @property {number} redis the process id of redis-server
 * @property {number} server that of the process that started it
 * @property {string} serverBegan tells that process from a later one with the same id
 */

const endsWithin = 10_000;

/** @param {string} dataDir */
const ownerPath = (dataDir) => join(dataDir, 'owner.json');

/**
 * @param {string} dataDir
 * @param {number} redis its process id
 */
export async function claim(dataDir, redis) {
  /** @type {Owner} */
  const owner = { redis, server: process.pid, serverBegan: await beginning(process.pid) };
  await writeFile(ownerPath(dataDir), JSON.stringify(owner));
}

/**
 * @param {string} dataDir
 * @param {number} redis its process id
 */
export async function disclaim(dataDir, redis) {
  const owner = await readOwner(dataDir);
  if (owner?.redis === redis) await rm(ownerPath(dataDir), { force: true });
}

/**
 * Makes a data folder free: ends a redis-server whose own server is gone, and refuses to touch one that is in use.
 * @param {string} dataDir
 * @param {import('../run/reporter.mjs').Reporter} log
 */
export async function freeFromOrphan(dataDir, log) {
  const owner = await readOwner(dataDir);
  if (!owner || !(await isRedisOn(owner.redis, dataDir))) return;
  if ((await beginning(owner.server)) === owner.serverBegan) {
    throw new SetupProblem(
      `Another Veilcast (process ${owner.server}) uses the data in ${dataDir}. Stop it first, or set VEILCAST_REDIS_URL to another Redis for this one.`,
    );
  }
  await log.step('Stopping the Redis of a server that was killed', () => end(owner.redis, dataDir));
}

/**
 * @param {number} redis
 * @param {string} dataDir
 */
async function end(redis, dataDir) {
  signal(redis, 'SIGTERM');
  const deadline = Date.now() + endsWithin;
  while (await isRedisOn(redis, dataDir)) {
    if (Date.now() > deadline) signal(redis, 'SIGKILL');
    await delay(50);
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

/**
 * @param {string} dataDir
 * @returns {Promise<Owner | undefined>}
 */
async function readOwner(dataDir) {
  try {
    return JSON.parse(await readFile(ownerPath(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether a process is a redis-server at work in this folder (it makes its data folder its working directory).
 * @param {number} pid
 * @param {string} dataDir
 */
async function isRedisOn(pid, dataDir) {
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    return name.startsWith('redis-') && (await readlink(`/proc/${pid}/cwd`)) === dataDir;
  } catch {
    return false;
  }
}

/**
 * When a process began, in the kernel's clock ticks; empty if it is gone.
 * @param {number} pid
 */
async function beginning(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in brackets may hold spaces; the 20th field after it is the start time.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
