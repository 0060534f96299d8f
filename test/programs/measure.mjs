// @ts-check
// `node test/programs/measure.mjs [--networks | --plain] test/load/firstFrame --rtt 50`: sets up (with `--networks` also what
// makes networks, with `--plain` the packages alone), bundles a TypeScript program and runs it from the top folder, with the rest of the arguments. Only what the
// program prints goes to standard output.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runInForeground } from '../../deploy/setup/command.mjs';
import { ensureDependencies } from '../../deploy/setup/dependencies.mjs';
import { exists } from '../../deploy/run/exists.mjs';
import { runAsCommand } from '../../deploy/run/entry.mjs';
import { checkout } from '../../deploy/run/folders.mjs';
import { prepare } from '../../deploy/setup/prepare.mjs';
import { SetupProblem } from '../../deploy/run/problem.mjs';
import { bundleProgram } from './bundleProgram.mjs';

await runAsCommand(async (log) => {
  const given = process.argv.slice(2);
  const option = ['--networks', '--plain'].includes(given[0] ?? '') ? given[0] : undefined;
  const [name = '', ...args] = option ? given.slice(1) : given;
  const entry = join(checkout, name.endsWith('.ts') ? name : `${name}.ts`);
  if (!name || !(await exists(entry))) throw new SetupProblem(`There is no measurement ${entry}.`);
  if (option === '--plain') await ensureDependencies({ log });
  else await prepare({ log, redis: true, browsers: true, networks: option === '--networks' });

  const program = await bundleProgram(entry);
  try {
    process.exitCode = await runInForeground(process.execPath, ['--enable-source-maps', program, ...args], {
      cwd: checkout,
    });
  } finally {
    await rm(program, { force: true });
  }
});
