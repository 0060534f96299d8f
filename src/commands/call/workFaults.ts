/** What keeps the workers from their work: counted each time, said once in a while for as long as it lasts. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import { Seldom } from '../../support/seldom.ts';

export interface WorkFaultsOptions {
  readonly metrics: Pick<CallMetrics, 'refused'>;
  readonly log: Log;
}

export class WorkFaults {
  readonly #options: WorkFaultsOptions;
  readonly #said = new Seldom();

  constructor(options: WorkFaultsOptions) {
    this.#options = options;
  }

  /** `words` say what could not be done. Answers the code of the fault. */
  failed(words: string, error: unknown): ErrorCode {
    const { metrics, log } = this.#options;
    const code = error instanceof CallError ? error.code : 'internal';
    metrics.refused('job', code);
    // A part that cannot be reached is told where it is lost. A stack adds nothing.
    if (this.#said.passes(`${words} ${code}`)) log.warn(words, code === 'unavailable' ? { code } : { code, error });
    return code;
  }
}
