/** How full this process and its machine are, each from 0 to 1. */
import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface NodeLoad {
  /** Share of their cores that media workers use. */
  readonly workers: number;
  /** Wait for the event loop, relative to what is too long. */
  readonly eventLoop: number;
  readonly memory: number;
}

/** People notice longer delays at each step. */
const tooLongMs = 100;
const resolutionMs = 10;
/** A short peak is not load: the past counts as much as the present. */
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

  /** The highest of them, at most 1. Must be called regularly. */
  measure(): number {
    const before = this.#load;
    const smooth = (was: number, is: number) => was + (Math.min(1, Math.max(0, is)) - was) * weightOfNow;
    // There is no mean without samples.
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

/** Memory limit of the container, if there is one. */
function limit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
