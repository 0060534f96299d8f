/** What the event loop of a node and the thread that watches it have in common: two counters in shared memory. */
export class LoopMarks {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Int32Array;

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#counters = new Int32Array(buffer);
  }

  /** Stands still while the event loop does. */
  get turns(): number {
    return Atomics.load(this.#counters, 0);
  }

  turned(): void {
    Atomics.add(this.#counters, 0, 1);
  }

  /** The number of the next beat, whoever tells it. The first is 1. */
  nextBeat(): number {
    return Atomics.add(this.#counters, 1, 1) + 1;
  }
}
