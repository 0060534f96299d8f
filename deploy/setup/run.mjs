// @ts-check
// `node deploy/setup/run.mjs dist/server.js`: runs what is built and configured already, as in production.
import { runAsCommand } from './entry.mjs';
import { exists } from './exists.mjs';
import { SetupProblem } from './problem.mjs';
import { serve } from './serve.mjs';
import { cachedWorkerPath } from './workerCache.mjs';

await runAsCommand(async () => {
  const bundle = process.argv[2];
  if (!bundle) throw new SetupProblem('Say which bundle to run, such as dist/server.js.');
  if (!process.env.MEDIASOUP_WORKER_BIN) {
    const path = await cachedWorkerPath();
    if (await exists(path)) process.env.MEDIASOUP_WORKER_BIN = path;
  }
  await serve(bundle);
});
