/** Entry of a node process: `node dist/server.js`. */
import { isProgram, serveProcess } from './compose/process/serveProcess.ts';
import type { Afterwards } from './compose/process/serveProcess.ts';

/** For a program that has prepared something for the node, such as its Redis. */
export async function main(afterwards?: Afterwards): Promise<void> {
  // A separate file, since it imports packages: a missing one is then reported clearly.
  await serveProcess(async (stopping) => {
    const { startNodeProcess } = await import('./compose/node/nodeProcess.ts');
    return startNodeProcess(stopping);
  }, afterwards);
}

if (isProgram(import.meta.url)) await main();
