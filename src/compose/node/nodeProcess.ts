/** A node as a separate process. */
import { networkInterfaces } from 'node:os';
import { takeConfig } from '../../../config/load.ts';
import { Logger } from '../../observability/logger.ts';
import { SparingLog } from '../../observability/sparingLog.ts';
import { mediaAddresses, mediaWords } from '../media/mediaAddresses.ts';
import { startNode } from './node.ts';
import { LiveConfig } from '../process/liveConfig.ts';
import { readSourceMap } from '../process/readSourceMap.ts';
import { reloadOnSignal } from '../process/reloading.ts';
import type { Serving } from '../process/serveProcess.ts';
import { surviveStrayErrors } from '../process/strayErrors.ts';

export async function startNodeProcess(stopping: AbortSignal): Promise<Serving> {
  const live = new LiveConfig(takeConfig(process.env));
  const { config } = live;
  const logger = new Logger({ level: config.logLevel, name: 'node' });
  const log = new SparingLog(logger);
  reloadOnSignal(live, log);
  live.onReload(({ logLevel }) => {
    logger.replaceLevel(logLevel);
  });
  readSourceMap();
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  const node = await live.start(() => startNode(live, log, stopping));
  if (config.mode === 'development') {
    const media = mediaWords(mediaAddresses(config, networkInterfaces()));
    process.stdout.write(
      `\n  Veilcast is ready: open ${node.url} in two tabs and call from one to the other.\n  ${media}\n\n`,
    );
  }
  return node;
}
