/** Things that happen once each, by key, whether somebody waits for them already or only later. */
import { within } from '../../support/deadline.ts';
import { VeilcastError } from '../../client/support/errors.ts';

export class Happenings<T> {
  readonly #happened = new Map<string, T>();
  readonly #waiting = new Map<string, ((value: T) => void)[]>();

  /** The first of a key counts. */
  tell(key: string, value: T): void {
    if (this.#happened.has(key)) return;
    this.#happened.set(key, value);
    for (const resolve of this.#waiting.get(key) ?? []) resolve(value);
    this.#waiting.delete(key);
  }

  /** Rejects with `timed_out`. */
  wait(key: string, limitMs: number): Promise<T> {
    const happened = this.#happened.get(key);
    if (happened !== undefined) return Promise.resolve(happened);
    const later = new Promise<T>((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    });
    return within(limitMs, later, () => {
      this.#waiting.delete(key);
      throw new VeilcastError('timed_out');
    });
  }

  forget(key: string): void {
    this.#happened.delete(key);
    this.#waiting.delete(key);
  }
}
