/** Entry of a node process. */
import { loadConfig } from '../config/load.ts';
import { surviveStrayErrors } from './compose/strayErrors.ts';
import { startNode } from './compose/node.ts';
import { Logger } from './observability/logger.ts';

export async function main(stopping?: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const config = loadConfig(process.env);
  const log = new Logger({ level: config.logLevel, name: 'node' });
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  const node = await startNode(config, log, stopping);
  if (config.mode === 'development') {
    process.stdout.write(`\n  Veilcast is ready: open ${node.url} in two tabs and call from one to the other.\n\n`);
  }
  return node;
}
