/** Stored values that this version or this machine does not know: counted each time, told once. */
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';

/** Different values that are told of; more of them only count. */
const maxTold = 1_000;

export class Degraded {
  readonly #log: Log;
  readonly #told = new Set<string>();
  #metrics: Pick<CallMetrics, 'refused'> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The stores are there before the metrics are. */
  countWith(metrics: Pick<CallMetrics, 'refused'>): void {
    this.#metrics = metrics;
  }

  /** `instead`: what is done in place of what cannot be. */
  tell(what: string, instead: string, error?: unknown): void {
    this.#metrics?.refused('store', 'internal');
    if (this.#told.has(what) || this.#told.size >= maxTold) return;
    this.#told.add(what);
    this.#log.warn(`${what}: ${instead}`, error === undefined ? {} : { error });
  }
}
