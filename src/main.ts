/** Entry of a node process: `node dist/server.js`. */
import { isProgram, serveProcess } from './compose/process/serveProcess.ts';
import type { Afterwards } from './compose/process/serveProcess.ts';

/** For a program that has prepared something for the node, such as its Redis. */
export async function main(afterwards?: Afterwards): Promise<void> {
  // Its own file, which imports packages: should one be missing, that is told in words.
  await serveProcess(async (stopping) => {
    const { startNodeProcess } = await import('./compose/node/nodeProcess.ts');
    return startNodeProcess(stopping);
  }, afterwards);
}

if (isProgram(import.meta.url)) await main();
