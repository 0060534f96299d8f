/** Work that is done one after the other, in the order in which it was given. What fails does not stop what follows. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #size = 0;

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#size === 0;
  }

  /** Begins when all that was given before has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.add(turn);
    return turn;
  }

  /** For work that waits for other things, too: it must not begin before `done()`. */
  add(turn: Promise<unknown>): void {
    this.#size += 1;
    const ended = (): void => {
      this.#size -= 1;
    };
    this.#last = turn.then(ended, ended);
  }

  /** When all that has been given until now has ended. */
  done(): Promise<unknown> {
    return this.#last;
  }
}
