/** Shared by a node's event loop and the thread that watches it: two counters in shared memory. */
export class LoopMarks {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Int32Array;

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#counters = new Int32Array(buffer);
  }

  /** Does not rise while the event loop is blocked. */
  get turns(): number {
    return Atomics.load(this.#counters, 0);
  }

  turned(): void {
    Atomics.add(this.#counters, 0, 1);
  }

  /** The next beat's number, for the loop and the thread. The first is 1. */
  nextBeat(): number {
    return Atomics.add(this.#counters, 1, 1) + 1;
  }
}
