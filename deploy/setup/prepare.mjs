// @ts-check
import { readlink, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureFirefox } from './firefox.mjs';
import { checkout } from '../run/folders.mjs';
import { ensureMediasoupWorker } from './mediasoupWorker.mjs';
import { ensureNetworkTools } from './networkTools.mjs';
import { gatheringMissingPackages } from '../run/problem.mjs';
import { ensureRedisServer } from './redisServer.mjs';
import { ensureWebkit } from './webkit.mjs';

/**
 * @typedef {object} Wanted which programs are wanted
 * @property {import('../run/reporter.mjs').Reporter} log
 * @property {boolean} redis
 * @property {boolean} browsers Chromium, Firefox and WebKitGTK, for tests
 * @property {boolean} [networks] what makes networks and listens to them
 * @property {boolean} [quick] a ready-made media worker will do where ours is not built yet
 */

/**
 * Everything that must be there before something runs. Afterwards MEDIASOUP_WORKER_BIN names a worker that works.
 * @param {Wanted} wanted
 */
export async function prepare({ log, redis, browsers, networks = false, quick = false }) {
  await ensureDependencies({ log });
  await gatheringMissingPackages([
    async () => {
      process.env.MEDIASOUP_WORKER_BIN = await ensureMediasoupWorker({ log, quick });
    },
    async () => redis && ensureRedisServer({ log }),
    async () => browsers && ensureChromium({ log }),
    async () => browsers && ensureFirefox({ log }),
    async () => browsers && ensureWebkit({ log }),
    async () => networks && ensureNetworkTools({ log }),
  ]);
  await ensureBuilt({ log });
  await linkWorker(process.env.MEDIASOUP_WORKER_BIN);
}

/**
 * `node dist/server.js` finds it there.
 * @param {string | undefined} binary
 */
async function linkWorker(binary) {
  if (!binary) return;
  const link = join(checkout, 'dist', 'mediasoup-worker');
  if ((await readlink(link).catch(() => '')) === binary) return;
  const unfinished = `${link}.${process.pid}`;
  await symlink(binary, unfinished);
  await rename(unfinished, link);
}
