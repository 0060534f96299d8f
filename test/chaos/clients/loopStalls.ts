/** Notices when this very process stands still: speakers and listeners live in it, and their silence then is its own. */

export interface Stall {
  readonly from: number;
  readonly to: number;
}

export const now = (): number => performance.timeOrigin + performance.now();

const everyMs = 10;
/** Later than that is a stall. */
const lateMs = 15;
/** Nothing looks further back. */
const kept = 2_000;

export class LoopStalls {
  readonly stalls: Stall[] = [];
  readonly #timer: NodeJS.Timeout;
  #beatAt = now();

  constructor() {
    this.#timer = setInterval(() => {
      this.beat(now());
    }, everyMs);
    this.#timer.unref();
  }

  beat(at: number): void {
    if (at - this.#beatAt > everyMs + lateMs) {
      this.stalls.push({ from: this.#beatAt, to: at });
      if (this.stalls.length > 2 * kept) this.stalls.splice(0, kept);
    }
    this.#beatAt = at;
  }

  /** How long it stood still within this time; a stall that continues counts up to its end. */
  stalledMs(from: number, to: number): number {
    let sum = Math.max(0, to - Math.max(from, this.#beatAt) - lateMs);
    // Only those at the end can be of any interest: they are in order.
    for (let index = this.stalls.length - 1; index >= 0; index -= 1) {
      const stall = this.stalls[index];
      if (stall === undefined || stall.to <= from) break;
      sum += Math.max(0, Math.min(stall.to, to) - Math.max(stall.from, from));
    }
    return sum;
  }
}

export const loopStalls = new LoopStalls();
