// @ts-check
// `npm run setup`: all that `npm start` and `npm test` would get and build, and nothing more.
import { chromiumPath } from './chromium.mjs';
import { runAsCommand } from '../run/entry.mjs';
import { firefoxPath } from './firefox.mjs';
import { prepare } from './prepare.mjs';

await runAsCommand(async (log) => {
  await prepare({ log, redis: true, browsers: true });
  log.line(
    `Ready. mediasoup worker: ${process.env.MEDIASOUP_WORKER_BIN}; browsers for tests: ${chromiumPath}, ${firefoxPath}`,
  );
});
