/**
 * The routers of one broadcast. It lives on one until it outgrows that one's worker; then further sessions are placed on
 * routers of other workers. Whoever is in stays where they are.
 */
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Branch } from './broadcastRouter.ts';
import type { MediaWorker } from '../workers/mediaWorker.ts';
import { singleFlight } from '../../../support/singleFlight.ts';

export interface OutgrownAt {
  /** Consumers of one broadcast on one worker. */
  readonly consumers: number;
  /** Share of a core that the worker uses. */
  readonly cpuShare: number;
}
export interface BranchesOptions {
  readonly home: Branch;
  readonly outgrownAt: OutgrownAt;
  /** On a worker that is none of these. Throws `overloaded` or `unavailable` when there is none that has room. */
  readonly grow: (besides: readonly MediaWorker[]) => Promise<Branch>;
  /** A worker other than the home's died. */
  readonly onLost: (branch: Branch) => void;
}

/** Past this a worker starves its own requests. */
const fullShare = 0.9;

export class Branches {
  readonly home: Branch;
  readonly #options: BranchesOptions;
  readonly #others = new Set<Branch>();
  /** False when no other worker has room. */
  readonly #grown = singleFlight(() => this.#grow());
  #closed = false;

  constructor(options: BranchesOptions) {
    this.#options = options;
    this.home = options.home;
  }

  /** Where one more session goes, which is counted there until it is taken away. `tracks`: how many it will receive. */
  async place(tracks: number): Promise<Branch> {
    for (;;) {
      const roomy = this.#all().find((branch) => !this.#isOutgrown(branch, tracks));
      const branch = roomy ?? ((await this.#grown()) ? undefined : this.#leastLoaded());
      if (branch === undefined) continue;
      branch.sessions += 1;
      return branch;
    }
  }

  /** A session is gone; with its last one goes a branch that is not the home. */
  vacate(branch: Branch): void {
    branch.sessions -= 1;
    if (branch.sessions > 0 || !this.#others.delete(branch)) return;
    branch.close();
  }

  close(): void {
    this.#closed = true;
    for (const branch of this.#all()) branch.close();
    this.#others.clear();
  }

  #all(): Branch[] {
    return [this.home, ...this.#others];
  }

  #isOutgrown({ consumers, sessions, share }: Branch, tracks: number): boolean {
    const { outgrownAt } = this.#options;
    return Math.max(consumers, sessions * tracks) >= outgrownAt.consumers || share >= outgrownAt.cpuShare;
  }

  #leastLoaded(): Branch {
    const [least] = this.#all().toSorted((a, b) => a.share - b.share);
    if (least === undefined || least.share >= fullShare) throw new CallError('overloaded');
    return least;
  }

  async #grow(): Promise<boolean> {
    try {
      const branch = await this.#options.grow(this.#all().map(({ worker }) => worker));
      if (this.#closed) {
        branch.close();
        throw new CallError('call_ended');
      }
      this.#others.add(branch);
      branch.onLost(() => {
        if (!this.#others.delete(branch)) return;
        branch.close();
        this.#options.onLost(branch);
      });
      return true;
    } catch (error) {
      if (!(error instanceof CallError) || error.code === 'call_ended') throw error;
      return false;
    }
  }
}
