/** What keeps the workers from their work: counted each time, said once in a while for as long as it lasts. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import { Throttle } from '../../support/throttle.ts';

export interface WorkFaultsOptions {
  readonly metrics: Pick<CallMetrics, 'refused'>;
  readonly log: Log;
}

/** Tells one fault from another, in memory only. Faults of our own share a code, so these are told apart by their text. */
export function causeOf(error: unknown): string {
  if (error instanceof CallError && error.code !== 'internal') return error.code;
  const fault = error instanceof CallError ? (error.cause ?? error) : error;
  return fault instanceof Error ? `${fault.name}: ${fault.message}` : 'internal';
}

export class WorkFaults {
  readonly #options: WorkFaultsOptions;
  readonly #said = new Throttle();

  constructor(options: WorkFaultsOptions) {
    this.#options = options;
  }

  /** `words` say what could not be done. Answers the code of the fault. */
  failed(words: string, error: unknown): ErrorCode {
    const { metrics, log } = this.#options;
    const code = error instanceof CallError ? error.code : 'internal';
    metrics.refused('job', code);
    // A part that cannot be reached is told where it is lost. A stack adds nothing.
    if (this.#said.passes(`${words} ${causeOf(error)}`))
      log.warn(words, code === 'unavailable' ? { code } : { code, error });
    return code;
  }
}
