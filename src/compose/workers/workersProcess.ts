/** Lifecycle workers as a process of their own. */
import { takeConfig } from '../../../config/load.ts';
import { Logger } from '../../observability/logger.ts';
import { SparingLog } from '../../observability/sparingLog.ts';
import { startLifecycleProcess } from './lifecycleProcess.ts';
import { LiveConfig } from '../process/liveConfig.ts';
import { readSourceMap } from '../process/readSourceMap.ts';
import { reloadOnSignal } from '../process/reloading.ts';
import type { Serving } from '../process/serveProcess.ts';
import { surviveStrayErrors } from '../process/strayErrors.ts';

export async function startWorkersProcess(stopping: AbortSignal): Promise<Serving> {
  const live = new LiveConfig(takeConfig(process.env));
  const { config } = live;
  const logger = new Logger({ level: config.logLevel, name: 'lifecycle' });
  const log = new SparingLog(logger);
  reloadOnSignal(live, log);
  live.onReload(({ logLevel }) => {
    logger.replaceLevel(logLevel);
  });
  readSourceMap();
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  const serving = await live.start(() => startLifecycleProcess(live, log, stopping));
  return serving;
}
