/** Maintenance as this node knows it. It is read from the store in the background, so that a new call costs no request. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { Maintenance, MaintenanceMode } from '../../ports/cluster/maintenance.ts';
import type { Clock } from '../../ports/system/clock.ts';

export interface KnownMaintenanceOptions {
  readonly mode: MaintenanceMode;
  readonly clock: Clock;
}

export class KnownMaintenance {
  readonly #options: KnownMaintenanceOptions;
  #now: Maintenance | undefined;

  constructor(options: KnownMaintenanceOptions) {
    this.#options = options;
  }

  get now(): Maintenance | undefined {
    return this.#now;
  }

  /** If the store cannot be read, what was known stays. */
  async look(): Promise<void> {
    this.#now = await this.#options.mode.read();
  }

  /** Throws `maintenance` with the text for people. */
  mustTakeCalls(): void {
    if (this.#now !== undefined) throw new CallError('maintenance', { detail: this.#now.text });
  }

  async begin(text: string, by: string): Promise<Maintenance> {
    const { mode, clock } = this.#options;
    const begun = { text, since: clock.now(), by };
    await mode.begin(begun);
    this.#now = begun;
    return begun;
  }

  async end(): Promise<void> {
    await this.#options.mode.end();
    this.#now = undefined;
  }
}
