/** Logs a repeated fault once for each cause, and once when it is over. */
import type { Log, LogFields } from '../ports/system/log.ts';

export class OncePerCause {
  readonly #log: Log;
  readonly #causes = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `what` failed; `cause` stays the same while the fault is the same. */
  failed(what: string, cause: string, fields: LogFields = {}): void {
    if (this.#causes.get(what) === cause) return;
    this.#causes.set(what, cause);
    this.#log.warn(`${what} failed`, cause === '' ? fields : { ...fields, reason: cause });
  }

  succeeded(what: string): void {
    if (this.#causes.delete(what)) this.#log.info(`${what} works again`);
  }
}
