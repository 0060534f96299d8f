// @ts-check
import { ensureBuilt } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureMediasoupWorker } from './mediasoupWorker.mjs';
import { ensureNetworkTools } from './networkTools.mjs';
import { gatheringMissingPackages } from './problem.mjs';
import { ensureRedisServer } from './redisServer.mjs';

/**
 * @typedef {object} Wanted which programs are wanted
 * @property {import('./reporter.mjs').Reporter} log
 * @property {boolean} redis
 * @property {boolean} chromium
 * @property {boolean} [networks] what makes networks and listens to them
 */

/**
 * Everything that must be there before something runs. Afterwards MEDIASOUP_WORKER_BIN names a worker that works.
 * @param {Wanted} wanted
 */
export async function prepare({ log, redis, chromium, networks = false }) {
  await ensureDependencies({ log });
  await gatheringMissingPackages([
    async () => {
      process.env.MEDIASOUP_WORKER_BIN = await ensureMediasoupWorker({ log });
    },
    async () => redis && ensureRedisServer({ log }),
    async () => chromium && ensureChromium({ log }),
    async () => networks && ensureNetworkTools({ log }),
  ]);
  await ensureBuilt({ log });
}
