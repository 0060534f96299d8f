// @ts-check
// `npm run load -- --scenario storm`: the load tester, against a server of its own unless `--url` names one.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runAsCommand } from '../run/entry.mjs';
import { checkout } from '../run/folders.mjs';
import { SetupProblem } from '../run/problem.mjs';
import { ensureBuilt } from './build.mjs';
import { runInForeground } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { prepare } from './prepare.mjs';
import { startPrivateRedis } from './privateRedis.mjs';

const program = ['--enable-source-maps', join(checkout, 'dist', 'load.js')];
const serversOwn = ['compare', '--help', '--print', '--url'];
const readyWithinMs = 120_000;
/** It has no calls by then that it would wait for. */
const stopsWithinMs = 30_000;
const mediaWorkers = 1;

await runAsCommand(async (log) => {
  const args = process.argv.slice(2);
  const needsServer = !args.some((arg) => serversOwn.includes(arg.split('=')[0] ?? ''));
  if (!needsServer) {
    await ensureDependencies({ log });
    await ensureBuilt({ log });
    process.exitCode = await runInForeground(process.execPath, [...program, ...args]);
    return;
  }
  await prepare({ log, redis: true, browsers: false, quick: true });
  process.exitCode = await withServer(log, (server, redis) => {
    const watched = ['--watch', `node=${server.pid}`, '--watch', `redis=${redis.pid}`];
    return runInForeground(process.execPath, [...program, ...args, '--url', server.url, ...watched], {
      env: { ...process.env, VEILCAST_API_KEY: server.apiKey },
    });
  });
});

/**
 * A server and a Redis of its own, for the time of the work. They lead process groups of their own, so that a signal that
 * comes while they start must end them here.
 * @template T
 * @param {import('../run/reporter.mjs').Reporter} log
 * @param {(server: LoadServer, redis: import('./privateRedis.mjs').PrivateRedis) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withServer(log, work) {
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => stop.abort());
  const folder = await mkdtemp(join(tmpdir(), 'veilcast-load-'));
  /** @type {Array<() => Promise<void>>} */
  const undo = [() => rm(folder, { recursive: true, force: true })];
  try {
    const redis = await startPrivateRedis({ log, dataDir: folder });
    undo.unshift(() => redis.stop());
    const server = await startServer(redis.url);
    undo.unshift(() => server.stop());
    await server.ready(stop.signal);
    return await work(server, redis);
  } finally {
    for (const one of undo) await one();
  }
}

/**
 * @typedef {object} LoadServer
 * @property {string} url
 * @property {string} apiKey
 * @property {number} pid
 * @property {(stop: AbortSignal) => Promise<void>} ready rejects when it is stopped before
 * @property {() => Promise<void>} stop
 */

/**
 * On loopback, with what limits single users lifted: here they are few, and call all the time.
 * @param {string} redisUrl
 * @returns {Promise<LoadServer>}
 */
async function startServer(redisUrl) {
  const [http = 0, admin = 0, media = 0] = await freePorts(3);
  const apiKey = randomBytes(24).toString('hex');
  const settings = {
    VEILCAST_MODE: 'development',
    VEILCAST_REDIS_URL: redisUrl,
    VEILCAST_HTTP_PORT: http,
    VEILCAST_ADMIN_PORT: admin,
    VEILCAST_MEDIA_LISTEN_ADDRESSES: '127.0.0.1',
    VEILCAST_MEDIA_FIRST_PORT: media,
    VEILCAST_MEDIA_WORKERS: mediaWorkers,
    VEILCAST_API_KEY: apiKey,
    VEILCAST_TOKEN_SECRET: randomBytes(32).toString('hex'),
    VEILCAST_LIFECYCLE_IN_PROCESS: true,
    VEILCAST_CALL_ATTEMPTS: 1_000_000,
    VEILCAST_RING_WAITS_MS: 0,
    VEILCAST_RING_TIMEOUT_MS: 5_000,
    VEILCAST_CONNECTIONS_PER_NETWORK: 20_000,
    VEILCAST_LOG_LEVEL: 'warn',
  };
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  // A process group of its own: Ctrl-C at the terminal ends the load first, and the server after it.
  const child = spawn(process.execPath, [join(checkout, 'deploy/run/run.mjs'), 'dist/server.js'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  /** @param {AbortSignal} stop */
  const answers = (stop) =>
    fetch(`http://127.0.0.1:${admin}/readyz`, { signal: AbortSignal.any([stop, AbortSignal.timeout(2_000)]) }).then(
      ({ ok }) => ok,
      () => false,
    );
  return {
    url: `http://127.0.0.1:${http}`,
    apiKey,
    pid: /** @type {number} */ (child.pid),
    async ready(stop) {
      const deadline = Date.now() + readyWithinMs;
      while (!(await answers(stop))) {
        if (stop.aborted) throw new SetupProblem('Stopped while the server started.');
        if (isOver()) throw new SetupProblem('The server ended while it started.');
        if (Date.now() > deadline) throw new SetupProblem(`The server was not ready within ${readyWithinMs / 1000} s.`);
        await delay(100);
      }
      if (stop.aborted) throw new SetupProblem('Stopped before the load began.');
    },
    async stop() {
      if (!isOver()) child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), stopsWithinMs);
      await ended;
      clearTimeout(hard);
    },
  };
}

/**
 * All different, since all are held until the last is known.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
async function freePorts(count) {
  const holders = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    holders.map(
      (holder) =>
        new Promise((/** @type {(port: number) => void} */ resolve, reject) => {
          holder.on('error', reject);
          holder.listen(0, '127.0.0.1', () => {
            const address = holder.address();
            resolve(address !== null && typeof address === 'object' ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
