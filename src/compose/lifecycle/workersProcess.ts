/** Lifecycle workers as a process of their own. */
import { takeConfig } from '../../../config/load.ts';
import { secretsIn } from '../../../config/secrets.ts';
import { Logger } from '../../observability/logger.ts';
import { SparingLog } from '../../observability/sparingLog.ts';
import { keepSecret } from '../../observability/scrub.ts';
import { startLifecycleProcess } from './lifecycleProcess.ts';
import { readSourceMap } from '../process/readSourceMap.ts';
import type { Serving } from '../process/serveProcess.ts';
import { surviveStrayErrors } from '../process/strayErrors.ts';

export async function startWorkersProcess(stopping: AbortSignal): Promise<Serving> {
  const config = takeConfig(process.env);
  keepSecret(secretsIn(config));
  const log = new SparingLog(new Logger({ level: config.logLevel, name: 'lifecycle' }));
  readSourceMap();
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  return startLifecycleProcess(config, log, stopping);
}
