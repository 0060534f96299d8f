/** Stored values that this version or machine does not know: counted each time, logged once. */
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';

/** Limit of different values that are logged; all are counted. */
const maxLogged = 1_000;

export class UnknownStoredValues {
  readonly #log: Log;
  readonly #logged = new Set<string>();
  #metrics: Pick<CallMetrics, 'refused'> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Set later: the stores exist before the metrics. */
  countWith(metrics: Pick<CallMetrics, 'refused'>): void {
    this.#metrics = metrics;
  }

  /** `instead`: what is done instead. */
  tell(what: string, instead: string, error?: unknown): void {
    this.#metrics?.refused('store', 'internal');
    if (this.#logged.has(what) || this.#logged.size >= maxLogged) return;
    this.#logged.add(what);
    this.#log.warn(`${what}: ${instead}`, error === undefined ? {} : { error });
  }
}
