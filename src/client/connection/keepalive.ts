/**
 * Notices that the server cannot be reached any more. Nothing else would: after a change of network the socket still
 * looks open, but receives nothing, and the device would not ring.
 */
import { within } from '../../support/deadline.ts';
import { singleFlight } from '../../support/singleFlight.ts';
import type { Signalling } from './signalling.ts';

export interface KeepaliveOptions {
  readonly isConnected: () => boolean;
  /** Any request that the server answers. */
  readonly ask: () => Promise<unknown>;
  /** The server did not answer. */
  readonly lost: () => void;
}

/**
 * The longest time without a check. Together with the wait for an answer, a device that changed its network is
 * unreachable for at most 3 s if the network is good.
 */
const everyMs = 2_000;
/** An answer may take `times` as long as the last one, within these bounds. */
const patience = { times: 8, leastMs: 1_000, maxMs: 3_000 };
/** A wrong `answersSoon` leaves the socket alone, and only costs an ICE restart that was not needed. */
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

  /** Whether the server answers. Also called in doubt: for example when the page was hidden, or when media stops. */
  check(): Promise<boolean> {
    if (!this.#options.isConnected()) return Promise.resolve(false);
    return this.#asked();
  }

  /** Whether the server answers about as fast as before. False is no proof: the socket still gets its full time. */
  answersSoon(): Promise<boolean> {
    const soon = Math.min(this.#answersWithinMs, Math.max(soonMs, this.#usualMs));
    return within(soon, this.check(), () => false);
  }

  async #check(): Promise<boolean> {
    const { isConnected, ask, lost } = this.#options;
    // A refusal is an answer, too. If the socket closes meanwhile, the loss is known already.
    const began = performance.now();
    const answered = ask().then(
      () => true,
      () => true,
    );
    const isThere = await within(this.#answersWithinMs, answered, () => false);
    // Without an answer nothing was measured. The network may only be slow, so the next answer gets the longest time.
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
