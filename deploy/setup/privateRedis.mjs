// @ts-check
// A redis-server of our own: a child on a Unix socket that nobody else may open, with data that outlive a restart.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { succeeds } from './command.mjs';
import { stateFolder } from '../run/folders.mjs';
import { withLock } from './lock.mjs';
import { SetupProblem } from '../run/problem.mjs';
import { claim, disclaim, freeFromOrphan } from './redisOwner.mjs';

export { ensureRedisServer } from './redisServer.mjs';

/**
 * @typedef {object} PrivateRedis
 * @property {string} url for `createClient({ url })`; the same for the same data folder
 * @property {number} pid
 * @property {Promise<void>} ended when it has ended, for whatever reason
 * @property {() => Promise<void>} stop ends it, with its data written
 */

/** The kernel's limit is 108 bytes. */
const longestSocketPath = 100;
const loadsWithin = 60_000;
const stopsWithin = 10_000;

/**
 * Whether the operator has a Redis, so that none of our own is needed.
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
export function redisIsGiven({ VEILCAST_REDIS_URL: url, VEILCAST_REDIS_URL_FILE: file, REDIS_URL: usual }) {
  return Boolean(url || file || usual);
}

/**
 * @param {{ dataDir?: string, log: import('../run/reporter.mjs').Reporter }} options
 * @returns {Promise<PrivateRedis>}
 */
export async function startPrivateRedis({ dataDir = join(stateFolder(), 'redis'), log }) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const folder = await realpath(dataDir);
  return withLock(join(folder, 'start.lock'), async () => {
    await freeFromOrphan(folder, log);
    const socket = await socketPath(folder);
    const { child, lastOutput } = await launch(folder, socket);
    const pid = /** @type {number} */ (child.pid);
    /** @type {Promise<void>} */
    const ended = new Promise((resolve) => child.on('close', () => resolve(disclaim(folder, pid))));
    await claim(folder, pid);
    await answers(socket, child, lastOutput);
    return {
      url: `unix://${encodeURI(socket)}`,
      pid,
      ended,
      async stop() {
        child.kill('SIGTERM');
        const hard = setTimeout(() => child.kill('SIGKILL'), stopsWithin);
        await ended;
        clearTimeout(hard);
      },
    };
  });
}

/**
 * @param {string} dataDir
 * @param {string} socket
 */
async function launch(dataDir, socket) {
  const redis = ['redis-server', '--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', dataDir]
    .concat(['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''])
    .concat(['--maxmemory-policy', 'noeviction', '--daemonize', 'no']);
  // The kernel ends it with us, however we end. Where that is not to be had, the next start finds the orphan.
  const dieWithParent = ['setpriv', '--pdeathsig', 'SIGTERM'];
  const [, ...check] = [...dieWithParent, 'true'];
  const [program = '', ...args] = (await succeeds('setpriv', check)) ? [...dieWithParent, ...redis] : redis;

  // A process group of its own: Ctrl-C at the terminal must reach the server only, which still needs Redis to stop well.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.on('error', () => {});
  /** @type {string[]} */
  const said = [];
  const remember = (/** @type {Buffer} */ chunk) => {
    said.push(...chunk.toString().trim().split('\n'));
    said.splice(0, said.length - 5);
  };
  child.stdout.on('data', remember);
  child.stderr.on('data', remember);
  if (!child.pid) throw new SetupProblem('Cannot start redis-server: is it installed?');
  return { child, lastOutput: () => said.join('\n') };
}

/**
 * Waits until it has loaded its data and answers.
 * @param {string} socket
 * @param {import('node:child_process').ChildProcess} child
 * @param {() => string} lastOutput
 */
async function answers(socket, child, lastOutput) {
  const deadline = Date.now() + loadsWithin;
  while (!(await pings(socket))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new SetupProblem(`The private Redis ended while it started:\n${lastOutput()}`);
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new SetupProblem(`The private Redis did not load its data within ${loadsWithin / 1000} s.`);
    }
    await delay(10);
  }
}

/**
 * @param {string} socket
 * @returns {Promise<boolean>}
 */
function pings(socket) {
  return new Promise((resolve) => {
    const connection = connect(socket, () => connection.write('PING\r\n'));
    connection.on('data', (answer) => {
      connection.destroy();
      resolve(answer.toString().startsWith('+PONG'));
    });
    connection.on('error', () => resolve(false));
    connection.on('end', () => resolve(false));
  });
}

/**
 * In the data folder where its name is short enough; else in the temporary folder, under a name that follows from it.
 * @param {string} dataDir
 */
async function socketPath(dataDir) {
  const inside = join(dataDir, 'redis.sock');
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  const folder = join(tmpdir(), `veilcast-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await stat(folder)).uid !== process.getuid?.()) throw new SetupProblem(`${folder} belongs to another user.`);
  await chmod(folder, 0o700);
  return join(folder, 'redis.sock');
}
