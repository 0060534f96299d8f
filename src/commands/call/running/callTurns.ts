/** Runs the commands of one call one after another in this process. */
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId } from '../../../domain/kernel/ids.ts';
import { within } from '../../../support/deadline.ts';
import { SerialQueue } from '../../../support/serialQueue.ts';

export interface CallTurnsOptions {
  /** The maximum number of commands that wait for one call. */
  readonly maxWaiting?: number;
  readonly longestWaitMs?: number;
}

interface Line {
  readonly turns: SerialQueue;
  waiting: number;
}

/** Ten for each person of the largest call. */
const defaultMaxWaiting = 1_000;
/** A healthy store takes milliseconds for each command; a failing one is reported soon enough. */
const defaultLongestWaitMs = 10_000;

export class CallTurns {
  readonly #lines = new Map<CallId, Line>();
  readonly #maxWaiting: number;
  readonly #longestWaitMs: number;

  constructor({ maxWaiting = defaultMaxWaiting, longestWaitMs = defaultLongestWaitMs }: CallTurnsOptions = {}) {
    this.#maxWaiting = maxWaiting;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * `work` must not wait for another turn of the same call. Throws `busy` when too many wait, and `unavailable`
   * when the turn does not come in time: `work` is not begun then.
   */
  async take<T>(callId: CallId, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(callId) ?? { turns: new SerialQueue(), waiting: 0 };
    if (line.waiting >= this.#maxWaiting) throw new CallError('busy');
    this.#lines.set(callId, line);
    line.waiting += 1;
    const before = line.turns.done();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    line.turns.add(before.then(() => ended));
    try {
      if (line.waiting > 1) await within(this.#longestWaitMs, before, refuse);
      return await work();
    } finally {
      end();
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(callId);
    }
  }
}

function refuse(): never {
  throw new CallError('unavailable');
}
