/** The media of a node: which worker runs, where it listens, and how other nodes reach it. */
import { networkInterfaces } from 'node:os';
import {
  mediaMaxIncomingBitrate,
  mediaOutgrownAt,
  mediaSocketBufferBytes,
  mediaWorkerOpenFiles,
  mediaWorkerRecipe,
  routerCodecs,
} from '../../../config/media.ts';
import { ConfigError } from '../../../config/load.ts';
import { environmentName } from '../../../config/schema.ts';
import type { Config } from '../../../config/schema.ts';
import { launcherPath } from '../../adapters/mediasoup/workers/confinement.ts';
import { isOfRecipe, workerOrigin } from '../../adapters/mediasoup/workers/workerOrigin.ts';
import type { WorkerOrigin } from '../../adapters/mediasoup/workers/workerOrigin.ts';
import { MediasoupBroadcasts } from '../../adapters/mediasoup/mediasoupBroadcasts.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { Log } from '../../ports/system/log.ts';
import { builtWorker } from '../process/buildArtifacts.ts';
import { mediaAddresses } from './mediaAddresses.ts';

export interface Media {
  readonly mediaWorker: WorkerOrigin;
  readonly media: MediasoupBroadcasts;
}

/** Throws `ConfigError` if no worker can start with these settings. */
export async function openMedia(config: Config, log: Log): Promise<Media> {
  const workerBin = config.mediaWorkerBin ?? builtWorker();
  const mediaWorker = await chosenWorker(workerBin, config, log);
  const media = await startWorkers({ workerBin, config, log }).catch((error: unknown) => {
    // Not caused by Redis: do not retry.
    throw mediaFault(error);
  });
  return { mediaWorker, media };
}

/** If other nodes cannot reach this one, viewers are served by the owner of their call. */
export function connectPipes(media: MediasoupBroadcasts, messages: NodeMessages, config: Config): void {
  const { pipeAddress: ip, pipeFirstPort: min, pipeLastPort: max } = config;
  if (ip === undefined) return;
  const buffers = { recvBufferSize: mediaSocketBufferBytes, sendBufferSize: mediaSocketBufferBytes };
  media.connectNodes(messages, { protocol: 'udp', ip, portRange: { min, max }, ...buffers });
}

/** Production runs a worker of our recipe, or one that the operator has named. */
async function chosenWorker(workerBin: string | undefined, config: Config, log: Log): Promise<WorkerOrigin> {
  const worker = await workerOrigin(workerBin).catch((error: unknown) => {
    throw mediaFault(error);
  });
  const { origin, recipe, version } = worker;
  const isGood = isOfRecipe(worker, mediaWorkerRecipe);
  const isWanted = origin !== 'recipe' && origin === config.mediaWorkerOrigin;
  if (config.mode === 'production' && !isGood && !isWanted) {
    const what = origin === 'recipe' ? `of recipe ${recipe} for mediasoup ${version}` : origin;
    throw new ConfigError([
      `${environmentName('mediaWorkerBin')}: the media worker there is ${what}, and production requires one of recipe ` +
        `${mediaWorkerRecipe}, which limits what a client can make it do: "npm run setup" builds it` +
        (origin === 'recipe' ? '' : `; ${environmentName('mediaWorkerOrigin')}=${origin} accepts this one`),
    ]);
  }
  const reason = `${origin}${origin === 'recipe' ? ` ${recipe}` : ''}, mediasoup ${version}`;
  if (isGood) log.info('the media worker is built by our recipe', { reason });
  else
    log.warn('the media worker is not built by our recipe: a client can slow it down or fill its memory', { reason });
  return worker;
}

function mediaFault(error: unknown): ConfigError {
  let reason = error;
  while (reason instanceof Error && reason.cause !== undefined) reason = reason.cause;
  const words = reason instanceof Error ? reason.message : String(reason);
  return new ConfigError([
    words.includes('ENOENT')
      ? `${environmentName('mediaWorkerBin')}: there is no media worker: run "npm run setup"`
      : `${environmentName('mediaFirstPort')}, ${environmentName('mediaListenAddresses')}: cannot start a media worker there (${words})`,
  ]);
}

interface MediaDependencies {
  readonly workerBin: string | undefined;
  readonly config: Config;
  readonly log: Log;
}

function startWorkers({ workerBin, config, log }: MediaDependencies): Promise<MediasoupBroadcasts> {
  const { listen, announced } = mediaAddresses(config, networkInterfaces());
  return MediasoupBroadcasts.create({
    log,
    maxIncomingBitrate: mediaMaxIncomingBitrate,
    codecs: routerCodecs,
    workers: config.mediaWorkers,
    firstPort: config.mediaFirstPort,
    mediaPort: {
      listenAddresses: listen,
      announcedAddresses: announced,
      socketBufferBytes: mediaSocketBufferBytes,
    },
    workerBin,
    confinement: {
      launcher: launcherPath,
      user: config.mediaWorkerUser,
      openFiles: mediaWorkerOpenFiles,
      memoryMib: config.mediaWorkerMemoryMib,
    },
    outgrownAt: mediaOutgrownAt,
    requestTimeoutMs: config.mediaRequestTimeoutMs,
    initialBitrate: config.mediaInitialBitrate,
  });
}
