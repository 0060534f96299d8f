/** Maintenance in memory. */
import type { StopListening } from '../../ports/call/callFeed.ts';
import type { Maintenance, MaintenanceMode } from '../../ports/cluster/maintenance.ts';

export class MemoryMaintenance implements MaintenanceMode {
  readonly #listeners = new Set<() => void>();
  #stored: Maintenance | undefined;

  read(): Promise<Maintenance | undefined> {
    return Promise.resolve(this.#stored);
  }

  begin(maintenance: Maintenance): Promise<void> {
    return this.#store(maintenance);
  }

  end(): Promise<void> {
    return this.#store(undefined);
  }

  onChange(listener: () => void): Promise<StopListening> {
    const own = (): void => {
      listener();
    };
    this.#listeners.add(own);
    return Promise.resolve(() => {
      this.#listeners.delete(own);
      return Promise.resolve();
    });
  }

  #store(maintenance: Maintenance | undefined): Promise<void> {
    this.#stored = maintenance;
    for (const listener of this.#listeners) listener();
    return Promise.resolve();
  }
}
