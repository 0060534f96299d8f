// @ts-check
// `node deploy/setup/run.mjs dist/server.js`: runs what is built and configured already, as in production.
import { runAsCommand } from './entry.mjs';
import { SetupProblem } from './problem.mjs';
import { serve } from './serve.mjs';

await runAsCommand(async () => {
  const bundle = process.argv[2];
  if (!bundle) throw new SetupProblem('Say which bundle to run, such as dist/server.js.');
  await serve(bundle);
});
