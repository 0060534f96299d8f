/** Entry of a lifecycle worker process. */
import { loadConfig } from '../config/load.ts';
import { startLifecycleProcess } from '../src/compose/lifecycleProcess.ts';
import { Logger } from '../src/observability/logger.ts';

export async function main(stopping?: AbortSignal): Promise<{ stop(): Promise<void> }> {
  const config = loadConfig(process.env);
  return startLifecycleProcess(config, new Logger({ level: config.logLevel, name: 'lifecycle' }), stopping);
}
