/**
 * The routers of one broadcast. It lives on one until it outgrows that one's worker; then further sessions are placed on
 * routers of other workers. Whoever is in stays where they are.
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
  /** On a worker that is none of these. Throws `overloaded` or `unavailable` when there is none that has room. */
  readonly grow: (besides: readonly MediaWorker[]) => Promise<BroadcastRouter>;
  /** A worker other than the home's died. */
  readonly onLost: (broadcastRouter: BroadcastRouter) => void;
}

/** Past this a worker starves its own requests. */
const fullShare = 0.9;

export class RouterSet {
  readonly home: BroadcastRouter;
  readonly #options: RouterSetOptions;
  readonly #others = new Set<BroadcastRouter>();
  /** False when no other worker has room. */
  readonly #grown = singleFlight(() => this.#grow());
  #closed = false;

  constructor(options: RouterSetOptions) {
    this.#options = options;
    this.home = options.home;
  }

  /** Where one more session goes, which is counted there until it is taken away. `tracks`: how many it will receive. */
  async place(tracks: number): Promise<BroadcastRouter> {
    for (;;) {
      const roomy = this.#all().find((broadcastRouter) => !this.#isOutgrown(broadcastRouter, tracks));
      const broadcastRouter = roomy ?? ((await this.#grown()) ? undefined : this.#leastLoaded());
      if (broadcastRouter === undefined) continue;
      broadcastRouter.sessions += 1;
      return broadcastRouter;
    }
  }

  /** A session is gone; with its last one goes a router that is not the home. */
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
