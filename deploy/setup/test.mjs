// @ts-check
// `npm test -- <jest's arguments>`
import { runInForeground } from './command.mjs';
import { runAsCommand } from './entry.mjs';
import { checkout } from './folders.mjs';
import { prepare } from './prepare.mjs';

await runAsCommand(async (log) => {
  // Nobody but root may make networks; without them the proof says that it proved nothing.
  const networks = process.platform === 'linux' && process.getuid?.() === 0;
  await prepare({ log, redis: true, browsers: true, networks });
  // Jest runs ES modules through this part of Node only.
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  process.exitCode = await runInForeground(process.execPath, [...jest, ...process.argv.slice(2)], { cwd: checkout });
});
