/** Keeps one producer or consumer open or paused at the worker: asks only when something changes, in order. */
import { setImmediate } from 'node:timers/promises';
import type { Ask } from './asking.ts';

interface Pausable {
  readonly closed: boolean;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export class PauseState {
  readonly #target: Pausable;
  readonly #ask: Ask;
  /** As last asked for; undefined when that failed, so that the next wish is sent whatever it is. */
  #open: boolean | undefined;

  constructor({ target, open, ask }: { target: Pausable; open: boolean; ask: Ask }) {
    this.#target = target;
    this.#open = open;
    this.#ask = ask;
  }

  async set(open: boolean): Promise<void> {
    if (this.#open === open || this.#isClosed()) return;
    this.#open = open;
    try {
      await this.#ask(open ? this.#target.resume() : this.#target.pause());
    } catch (error) {
      // The news that it closed comes right behind the refusal.
      await setImmediate();
      if (this.#isClosed()) return;
      this.#open = undefined;
      throw error;
    }
  }

  #isClosed(): boolean {
    return this.#target.closed;
  }
}
