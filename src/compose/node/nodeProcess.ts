/** A node as a separate process. */
import { networkInterfaces } from 'node:os';
import { takeConfig } from '../../../config/load.ts';
import { secretsIn } from '../../../config/secrets.ts';
import { Logger } from '../../observability/logger.ts';
import { SparingLog } from '../../observability/sparingLog.ts';
import { keepSecret } from '../../observability/scrub.ts';
import { mediaAddresses, mediaWords } from '../media/mediaAddresses.ts';
import { startNode } from './node.ts';
import { readSourceMap } from '../process/readSourceMap.ts';
import type { Serving } from '../process/serveProcess.ts';
import { surviveStrayErrors } from '../process/strayErrors.ts';

export async function startNodeProcess(stopping: AbortSignal): Promise<Serving> {
  const config = takeConfig(process.env);
  keepSecret(secretsIn(config));
  const log = new SparingLog(new Logger({ level: config.logLevel, name: 'node' }));
  readSourceMap();
  surviveStrayErrors({ log, process, exit: (code) => process.exit(code) });
  const node = await startNode(config, log, stopping);
  if (config.mode === 'development') {
    const media = mediaWords(mediaAddresses(config, networkInterfaces()));
    process.stdout.write(
      `\n  Veilcast is ready: open ${node.url} in two tabs and call from one to the other.\n  ${media}\n\n`,
    );
  }
  return node;
}
