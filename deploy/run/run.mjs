// @ts-check
// `node deploy/run/run.mjs dist/server.js`: runs what is built and configured already, as in production.
import { resolve } from 'node:path';
import { runAsCommand } from './entry.mjs';
import { exists } from './exists.mjs';
import { checkout } from './folders.mjs';
import { SetupProblem } from './problem.mjs';
import { mustBeSetUp, serveBundle } from './serveBundle.mjs';
import { cachedWorkerPath, prebuiltWorkerPath } from './workerCache.mjs';

await runAsCommand(async () => {
  const bundle = process.argv[2];
  if (!bundle) throw new SetupProblem('Name the bundle to run, such as dist/server.js.');
  await mustBeSetUp(resolve(checkout, bundle), `${bundle} has not been built`);
  await mustBeSetUp(resolve(checkout, 'node_modules/mediasoup/package.json'), 'The npm packages are not installed');
  if (!process.env.MEDIASOUP_WORKER_BIN) {
    const isPrebuilt = process.env.VEILCAST_MEDIA_WORKER_ORIGIN === 'prebuilt';
    const path = await (isPrebuilt ? prebuiltWorkerPath() : cachedWorkerPath());
    if (await exists(path)) process.env.MEDIASOUP_WORKER_BIN = path;
  }
  await serveBundle(bundle);
});
