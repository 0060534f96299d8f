/** Events that come once for each key, whether somebody waits for them already or only later. */
import { within } from '../../support/deadline.ts';
import { VeilcastError } from '../../client/support/errors.ts';

export class KeyedEvents<T> {
  readonly #emitted = new Map<string, T>();
  readonly #waiting = new Map<string, ((value: T) => void)[]>();

  /** The first of a key counts. */
  emit(key: string, value: T): void {
    if (this.#emitted.has(key)) return;
    this.#emitted.set(key, value);
    for (const resolve of this.#waiting.get(key) ?? []) resolve(value);
    this.#waiting.delete(key);
  }

  /** Rejects with `timed_out`. */
  wait(key: string, limitMs: number): Promise<T> {
    const emitted = this.#emitted.get(key);
    if (emitted !== undefined) return Promise.resolve(emitted);
    const later = new Promise<T>((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    });
    return within(limitMs, later, () => {
      this.#waiting.delete(key);
      throw new VeilcastError('timed_out');
    });
  }

  forget(key: string): void {
    this.#emitted.delete(key);
    this.#waiting.delete(key);
  }
}
