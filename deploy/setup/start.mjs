// @ts-check
// `npm start`: from a fresh clone to a server that answers, on this machine alone.
import { runAsCommand } from '../run/entry.mjs';
import { prepare } from './prepare.mjs';
import { redisIsGiven, startPrivateRedis } from './privateRedis.mjs';
import { serveBundle } from '../run/serveBundle.mjs';

await runAsCommand(async (log) => {
  const given = redisIsGiven(process.env);
  process.env.VEILCAST_MODE ??= 'development';
  await prepare({ log, redis: !given, browsers: false, quick: process.env.VEILCAST_MODE === 'development' });
  if (given) return serveBundle('dist/server.js');

  const redis = await startPrivateRedis({ log });
  process.env.VEILCAST_REDIS_URL = redis.url;
  let stopping = false;
  redis.ended.then(() => stopping || log.line('The private Redis has ended: no new calls until the next start.'));
  await serveBundle('dist/server.js', () => {
    stopping = true;
    return redis.stop();
  });
});
