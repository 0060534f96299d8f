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
  const folder = await mkdtemp(join(tmpdir(), 'veilcast-load-'));
  const redis = await startPrivateRedis({ log, dataDir: folder });
  const server = await startServer(redis.url);
  try {
    const watched = ['--watch', `node=${server.pid}`, '--watch', `redis=${redis.pid}`];
    process.exitCode = await runInForeground(process.execPath, [...program, ...args, '--url', server.url, ...watched], {
      env: { ...process.env, VEILCAST_API_KEY: server.apiKey },
    });
  } finally {
    await server.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/**
 * On loopback, with what limits single users lifted: here they are few, and call all the time.
 * @param {string} redisUrl
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
  const deadline = Date.now() + readyWithinMs;
  const ready = () =>
    fetch(`http://127.0.0.1:${admin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) {
    if (isOver()) throw new SetupProblem('The server ended while it started.');
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new SetupProblem(`The server was not ready within ${readyWithinMs / 1000} s.`);
    }
    await delay(100);
  }
  return {
    url: `http://127.0.0.1:${http}`,
    apiKey,
    pid: /** @type {number} */ (child.pid),
    async stop() {
      if (!isOver()) child.kill('SIGTERM');
      await ended;
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
