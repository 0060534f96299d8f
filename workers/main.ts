/** Entry of a lifecycle worker process: `node dist/workers.js`. */
import { isProgram, serveProcess } from '../src/compose/process/serveProcess.ts';
import type { Afterwards } from '../src/compose/process/serveProcess.ts';

export async function main(afterwards?: Afterwards): Promise<void> {
  // Its own file, which imports packages: should one be missing, that is told in words.
  await serveProcess(async (stopping) => {
    const { startWorkersProcess } = await import('../src/compose/lifecycle/workersProcess.ts');
    return startWorkersProcess(stopping);
  }, afterwards);
}

if (isProgram(import.meta.url)) await main();
