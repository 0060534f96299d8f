/**
 * Notices that the way to the server is gone. Nothing else would: a device that comes into another network keeps a socket
 * that looks open, hears nothing over it, and would not ring.
 */
import { within } from '../../support/deadline.ts';
import { singleFlight } from '../../support/singleFlight.ts';
import type { Signalling } from './signalling.ts';

export interface KeepaliveOptions {
  readonly isConnected: () => boolean;
  /** Anything that the server answers. */
  readonly ask: () => Promise<unknown>;
  /** It did not. */
  readonly lost: () => void;
}

/** How long a device that changed its network may be out of reach at most: with the time for an answer, 3 s in a good network. */
const everyMs = 2_000;
/** An answer comes at the latest after many times what the last one took, within these bounds. */
const patience = { times: 8, leastMs: 1_000, maxMs: 3_000 };
/** To be wrong about a socket that is left alone costs no more than new paths that nobody needed. */
const soonMs = 300;

export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #asked = singleFlight(() => this.#check());
  #answersWithinMs = patience.maxMs;
  #usualMs = patience.maxMs;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.check(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Whether the server answers. Also asked when there is a reason to doubt, such as a page that was out of sight, or silence.
   */
  check(): Promise<boolean> {
    if (!this.#options.isConnected()) return Promise.resolve(false);
    return this.#asked();
  }

  /** Whether the server answers as soon as it used to. False tells nothing for sure: the socket is given its time. */
  answersSoon(): Promise<boolean> {
    const soon = Math.min(this.#answersWithinMs, Math.max(soonMs, this.#usualMs));
    return within(soon, this.check(), () => false);
  }

  async #check(): Promise<boolean> {
    const { isConnected, ask, lost } = this.#options;
    // A refusal is an answer; a socket that closes meanwhile is known to be lost.
    const began = performance.now();
    const answered = ask().then(
      () => true,
      () => true,
    );
    const isThere = await within(this.#answersWithinMs, answered, () => false);
    // What comes late tells nothing of how late: a network that has become slow is not one that is gone.
    const due = isThere ? patience.times * (performance.now() - began) : patience.maxMs;
    this.#usualMs = Math.min(patience.maxMs, due);
    this.#answersWithinMs = Math.max(patience.leastMs, this.#usualMs);
    if (!isThere && isConnected()) lost();
    return isThere;
  }
}

export function keepaliveOf(signalling: Signalling): Keepalive {
  return new Keepalive({
    isConnected: () => signalling.state === 'connected',
    ask: () => signalling.request('ping', {}),
    lost: () => {
      signalling.renew();
    },
  });
}
