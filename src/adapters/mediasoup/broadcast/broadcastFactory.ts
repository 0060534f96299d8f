/** Opens broadcasts: makes their routers on the workers of this node. */
import type { types } from 'mediasoup';
import type { Log } from '../../../ports/system/log.ts';
import type { RtpCapabilities } from '../../../protocol/shared/media.ts';
import type { Ask } from '../workers/workerRequests.ts';
import { BroadcastRouter } from '../routers/broadcastRouter.ts';
import type { OutgrownAt } from '../routers/routerSet.ts';
import { Broadcast } from './broadcast.ts';
import type { BroadcastOptions } from './broadcast.ts';
import type { BroadcastLimits } from '../session/sessionTransports.ts';
import type { Wish, WorkerPool } from '../workers/workerPool.ts';

export interface RoutersOptions extends BroadcastLimits {
  readonly pool: WorkerPool;
  readonly codecs: readonly types.RouterRtpCodecCapability[];
  readonly offered: RtpCapabilities;
  readonly socketBufferBytes: number;
  /** When a broadcast also uses another worker. */
  readonly outgrownAt: OutgrownAt;
  readonly ask: Ask;
  readonly log: Log;
}

export class Routers {
  readonly #options: RoutersOptions;

  constructor(options: RoutersOptions) {
    this.#options = options;
  }

  /** `refuse` is called when the router exists: by then nobody may want it any more. */
  async open(
    about: Pick<BroadcastOptions, 'callId' | 'admission' | 'listener'>,
    refuse: () => void = () => undefined,
  ): Promise<Broadcast> {
    const { offered, initialBitrate, maxIncomingBitrate, outgrownAt, ask, log } = this.#options;
    const home = await this.#broadcastRouter();
    try {
      refuse();
    } catch (error) {
      home.close();
      throw error;
    }
    const broadcast = new Broadcast({
      ...about,
      home,
      offered,
      outgrownAt,
      ask,
      log,
      limits: { initialBitrate, maxIncomingBitrate },
      grow: (besides) => this.#broadcastRouter({ besides, maxShare: outgrownAt.cpuShare }),
    });
    home.onLost(() => {
      broadcast.close('media_lost');
    });
    return broadcast;
  }

  async #broadcastRouter(wish?: Wish): Promise<BroadcastRouter> {
    const { pool, codecs, socketBufferBytes, ask, log } = this.#options;
    const lease = pool.take(wish);
    try {
      const router = await lease.worker.openRouter(codecs);
      return new BroadcastRouter({ lease, router, socketBufferBytes, ask, log });
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}
