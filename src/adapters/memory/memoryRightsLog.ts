import type { StopListening } from '../../ports/call/callFeed.ts';
import type { RightsChange, RightsLog } from '../../ports/people/rightsLog.ts';

export class MemoryRightsLog implements RightsLog {
  readonly #changes: RightsChange[] = [];
  readonly #listeners = new Set<() => void>();

  add(change: RightsChange): void {
    this.#changes.push(change);
    for (const listener of this.#listeners) listener();
  }

  end(): Promise<string> {
    return Promise.resolve(String(this.#changes.length));
  }

  after(position: string, limit: number) {
    const from = Number(position);
    const changes = this.#changes.slice(from, from + limit);
    return Promise.resolve({ changes, end: String(from + changes.length) });
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
}
