/** How full this process and its machine are, each from 0 to 1. */
import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface NodeLoad {
  /** The media workers' share of their cores. */
  readonly workers: number;
  /** How long everything here waits for its turn, of what is too long. */
  readonly eventLoop: number;
  readonly memory: number;
}

/** People feel what takes longer than this on each step. */
const tooLongMs = 100;
const resolutionMs = 10;
/** One busy moment is no load: what was before counts as much as what is now. */
const weightOfNow = 0.5;
const nanosecondsPerMs = 1_000_000;

export class NodeLoadMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #workersShare: () => number;
  #load: NodeLoad = { workers: 0, eventLoop: 0, memory: 0 };

  constructor({ workersShare }: { readonly workersShare: () => number }) {
    this.#workersShare = workersShare;
    this.#delay.enable();
  }

  get load(): NodeLoad {
    return this.#load;
  }

  /** The fullest of all, 1 at most. To be called regularly. */
  measure(): number {
    const before = this.#load;
    const smooth = (was: number, is: number) => was + (Math.min(1, Math.max(0, is)) - was) * weightOfNow;
    // Without a sample there is no mean.
    const waitedMs = this.#delay.count === 0 ? 0 : this.#delay.mean / nanosecondsPerMs - resolutionMs;
    this.#delay.reset();
    this.#load = {
      workers: smooth(before.workers, this.#workersShare()),
      eventLoop: smooth(before.eventLoop, waitedMs / tooLongMs),
      memory: 1 - Math.min(1, process.availableMemory() / limit()),
    };
    return Math.max(this.#load.workers, this.#load.eventLoop, this.#load.memory);
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** Of the container, where there is one that limits it. */
function limit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
