/**
 * The routers of one broadcast. It has one until it outgrows that one's worker; then new sessions are placed on routers
 * of other workers. Present sessions never move.
 */
import { CallError } from '../../../domain/kernel/errors.ts';
import type { BroadcastRouter } from './broadcastRouter.ts';
import type { MediaWorker } from '../workers/mediaWorker.ts';
import { singleFlight } from '../../../support/singleFlight.ts';

export interface OutgrownAt {
  /** Consumers of one broadcast on one worker. */
  readonly consumers: number;
  /** Share of a core that the worker uses. */
  readonly cpuShare: number;
}
export interface RouterSetOptions {
  readonly home: BroadcastRouter;
  readonly outgrownAt: OutgrownAt;
  /** Opens a router on a worker that is not in `besides`. Throws `overloaded` or `unavailable` if no other has room. */
  readonly grow: (besides: readonly MediaWorker[]) => Promise<BroadcastRouter>;
  /** A worker other than the home router's died. */
  readonly onLost: (broadcastRouter: BroadcastRouter) => void;
}

/** Beyond this a worker starves its own requests. */
const fullShare = 0.9;

export class RouterSet {
  readonly home: BroadcastRouter;
  readonly #options: RouterSetOptions;
  readonly #others = new Set<BroadcastRouter>();
  /** False if no other worker has room. */
  readonly #grown = singleFlight(() => this.#grow());
  #closed = false;

  constructor(options: RouterSetOptions) {
    this.#options = options;
    this.home = options.home;
  }

  /** The router for one more session. It counts there until `vacate`. `tracks`: how many it will receive. */
  async place(tracks: number): Promise<BroadcastRouter> {
    for (;;) {
      const roomy = this.#all().find((broadcastRouter) => !this.#isOutgrown(broadcastRouter, tracks));
      const broadcastRouter = roomy ?? ((await this.#grown()) ? undefined : this.#leastLoaded());
      if (broadcastRouter === undefined) continue;
      broadcastRouter.sessions += 1;
      return broadcastRouter;
    }
  }

  /** A session has left. A router that is not the home closes with its last session. */
  vacate(broadcastRouter: BroadcastRouter): void {
    broadcastRouter.sessions -= 1;
    if (broadcastRouter.sessions > 0 || !this.#others.delete(broadcastRouter)) return;
    broadcastRouter.close();
  }

  close(): void {
    this.#closed = true;
    for (const broadcastRouter of this.#all()) broadcastRouter.close();
    this.#others.clear();
  }

  #all(): BroadcastRouter[] {
    return [this.home, ...this.#others];
  }

  #isOutgrown({ consumers, sessions, share }: BroadcastRouter, tracks: number): boolean {
    const { outgrownAt } = this.#options;
    return Math.max(consumers, sessions * tracks) >= outgrownAt.consumers || share >= outgrownAt.cpuShare;
  }

  #leastLoaded(): BroadcastRouter {
    const [least] = this.#all().toSorted((a, b) => a.share - b.share);
    if (least === undefined || least.share >= fullShare) throw new CallError('overloaded');
    return least;
  }

  async #grow(): Promise<boolean> {
    try {
      const broadcastRouter = await this.#options.grow(this.#all().map(({ worker }) => worker));
      if (this.#closed) {
        broadcastRouter.close();
        throw new CallError('call_ended');
      }
      this.#others.add(broadcastRouter);
      broadcastRouter.onLost(() => {
        if (!this.#others.delete(broadcastRouter)) return;
        broadcastRouter.close();
        this.#options.onLost(broadcastRouter);
      });
      return true;
    } catch (error) {
      if (!(error instanceof CallError) || error.code === 'call_ended') throw error;
      return false;
    }
  }
}
