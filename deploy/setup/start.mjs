// @ts-check
// `npm start`: from a fresh clone to a server that answers, on this machine alone.
import { runAsCommand } from '../run/entry.mjs';
import { prepare } from './prepare.mjs';
import { startPrivateRedis } from './privateRedis.mjs';
import { serveBundle } from '../run/serveBundle.mjs';

await runAsCommand(async (log) => {
  const redisIsGiven = Boolean(process.env.VEILCAST_REDIS_URL || process.env.REDIS_URL);
  process.env.VEILCAST_MODE ??= 'development';
  await prepare({ log, redis: !redisIsGiven, browsers: false, quick: process.env.VEILCAST_MODE === 'development' });
  if (redisIsGiven) return serveBundle('dist/server.js');

  const redis = await startPrivateRedis({ log });
  process.env.VEILCAST_REDIS_URL = redis.url;
  let stopping = false;
  redis.ended.then(() => stopping || log.line('The private Redis has ended: no new calls until the next start.'));
  await serveBundle('dist/server.js', () => {
    stopping = true;
    return redis.stop();
  });
});
