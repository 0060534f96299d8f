/** Runs work one after the other, in the given order. A failure does not stop later work. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #size = 0;

  /** Nothing waits and nothing runs. */
  get isIdle(): boolean {
    return this.#size === 0;
  }

  /** Begins when all earlier work has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.add(turn);
    return turn;
  }

  /** For work that also waits for other things: it must not begin before `done()`. */
  add(turn: Promise<unknown>): void {
    this.#size += 1;
    const ended = (): void => {
      this.#size -= 1;
    };
    this.#last = turn.then(ended, ended);
  }

  /** Resolves when all work given until now has ended. */
  done(): Promise<unknown> {
    return this.#last;
  }
}
