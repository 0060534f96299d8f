/** Entry of a lifecycle worker process. */
import { loadConfig } from '../config/load.ts';
import { startLifecycleProcess } from '../src/compose/lifecycleProcess.ts';
import { surviveStrayErrors } from '../src/compose/strayErrors.ts';
import { Logger } from '../src/observability/logger.ts';

export async function main(stopping?: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const config = loadConfig(process.env);
  const log = new Logger({ level: config.logLevel, name: 'lifecycle' });
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  return startLifecycleProcess(config, log, stopping);
}
