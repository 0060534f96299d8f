// @ts-check
// `npm run setup`: all that `npm start` and `npm test` would get and build, and nothing more.
import { chromiumPath } from './chromium.mjs';
import { runAsCommand } from './entry.mjs';
import { prepare } from './prepare.mjs';

await runAsCommand(async (log) => {
  await prepare({ log, redis: true, chromium: true });
  log.line(`Ready. mediasoup worker: ${process.env.MEDIASOUP_WORKER_BIN}; browser for tests: ${chromiumPath}`);
});
