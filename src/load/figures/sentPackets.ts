/** What a sender has sent, so that a receiver can tell what is missing at the end of a stream, where no later packet shows it. */

/** Ten seconds of sound: longer than a packet is on its way, and than what is sent is asked about. */
const remembered = 512;

export class SentPackets {
  /** The newest, in the order of sending. */
  readonly #recent: { readonly timestamp: number; readonly at: number }[] = [];
  #count = 0;

  /** `timestamp`: of RTP, with 32 bits. `at`: `performance.now()`. */
  note(timestamp: number, at: number): void {
    this.#recent.push({ timestamp, at });
    this.#count += 1;
    if (this.#recent.length > remembered) this.#recent.shift();
  }

  /** Which packet it was, counted from 0; undefined when it is none of those remembered. */
  indexOf(timestamp: number): number | undefined {
    const place = this.#recent.findLastIndex((one) => one.timestamp === timestamp);
    return place < 0 ? undefined : this.#count - this.#recent.length + place;
  }

  /** The last packet that was sent by then; undefined when it is none of those remembered. */
  lastBy(at: number): number | undefined {
    const place = this.#recent.findLastIndex((one) => one.at <= at);
    return place < 0 ? undefined : this.#count - this.#recent.length + place;
  }
}
