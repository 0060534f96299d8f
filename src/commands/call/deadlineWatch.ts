/**
 * The owner of a call watches its next deadline with a clock of its own process, so that a dead lifecycle worker, or
 * one with a wrong clock, delays nothing. The jobs of the workers are for calls whose owner is gone.
 */
import type { Call } from '../../domain/call/call.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import { nextDeadline } from '../../domain/call/deadlines.ts';
import type { Clock } from '../../ports/system/clock.ts';

export interface DeadlineWatchOptions {
  readonly nodeId: NodeId;
  /** The clock of the store. */
  readonly clock: Clock;
  /** Does what is due. Resolves when it is done, or left to somebody else. */
  readonly reach: (callId: CallId) => Promise<unknown>;
  /** The newest state that this process knows. */
  readonly copyOf: (callId: CallId) => Call | undefined;
}

/** The clock of the store is read again at least this often, since it may have been corrected. */
const longestSleepMs = 60_000;
/** A timer may fire slightly early. */
const shortestSleepMs = 20;
/** What is due and failed is retried as a fact; this is for facts that were given up. */
const dueAgainMs = 5_000;

export class DeadlineWatch {
  readonly #options: DeadlineWatchOptions;
  /** One timer for each live call of this node. */
  readonly #timers = new Map<CallId, NodeJS.Timeout>();

  constructor(options: DeadlineWatchOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** The newest state of a call, whoever owns it. */
  watch(call: Call): void {
    this.#sleep(call, shortestSleepMs);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #sleep(call: Call, leastMs: number): void {
    const { nodeId, clock } = this.#options;
    clearTimeout(this.#timers.get(call.id));
    this.#timers.delete(call.id);
    const next = nextDeadline(call);
    if (next === undefined || call.nodeId !== nodeId) return;
    const sleepMs = Math.min(longestSleepMs, Math.max(leastMs, next - clock.now()));
    const timer = setTimeout(() => {
      void this.#wake(call.id);
    }, sleepMs);
    timer.unref();
    this.#timers.set(call.id, timer);
  }

  async #wake(callId: CallId): Promise<void> {
    const { clock, copyOf, reach } = this.#options;
    const timer = this.#timers.get(callId);
    const call = copyOf(callId);
    const next = call && nextDeadline(call);
    if (next !== undefined && next <= clock.now()) await reach(callId);
    // A later change has set its own timer.
    if (this.#timers.get(callId) !== timer) return;
    const now = copyOf(callId);
    if (now === undefined) {
      this.#timers.delete(callId);
      return;
    }
    const isStillDue = (nextDeadline(now) ?? Infinity) <= clock.now();
    this.#sleep(now, isStillDue ? dueAgainMs : shortestSleepMs);
  }
}
