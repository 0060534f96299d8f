/** Entry of a lifecycle worker process: `node dist/workers.js`. */
import { isProgram, serveProcess } from '../src/compose/process/serveProcess.ts';
import type { Afterwards } from '../src/compose/process/serveProcess.ts';

export async function main(afterwards?: Afterwards): Promise<void> {
  // A separate file, since it imports packages: a missing one is then reported clearly.
  await serveProcess(async (stopping) => {
    const { startWorkersProcess } = await import('../src/compose/workers/workersProcess.ts');
    return startWorkersProcess(stopping);
  }, afterwards);
}

if (isProgram(import.meta.url)) await main();
