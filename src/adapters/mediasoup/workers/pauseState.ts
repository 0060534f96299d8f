/** Keeps one producer or consumer flowing or paused at the worker. Sends only changes, in order. */
import { setImmediate } from 'node:timers/promises';
import type { Ask } from './workerRequests.ts';

interface Pausable {
  readonly closed: boolean;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export class PauseState {
  readonly #target: Pausable;
  readonly #ask: Ask;
  /** The last request; undefined if it failed, so that the next one is always sent. */
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
      // The event that it closed follows right after the failed request.
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
