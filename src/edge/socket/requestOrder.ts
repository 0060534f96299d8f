/** The order in which the requests of one socket take effect: as they were sent, within the rules of their kinds. */
import type { RequestOrderKind } from '../../protocol/socket/requests.ts';
import { within } from '../../support/deadline.ts';
import { SerialQueue } from '../../support/serialQueue.ts';

/** A person who hangs up takes a longer wait for a failure. */
const patienceMs = 1_000;

export class RequestOrder {
  readonly #greeting = new SerialQueue();
  readonly #calls = new SerialQueue();
  readonly #media = new SerialQueue();
  /** Queues of requests that run beside others, by subject. */
  readonly #aside = new Map<string, SerialQueue>();

  /** Runs the work when its turn has come. An earlier failure delays it no longer than an earlier success. */
  run<T>(kind: RequestOrderKind, about: string, work: () => Promise<T>): Promise<T> {
    const turn = Promise.all(this.#before(kind, about)).then(work);
    if (kind === 'first') this.#greeting.add(turn);
    else if (kind === 'call') this.#calls.add(turn);
    else if (kind === 'media') this.#media.add(turn);
    else if (kind === 'aside') this.#addAside(about, turn);
    return turn;
  }

  #before(kind: RequestOrderKind, about: string): readonly Promise<unknown>[] {
    const greeting = this.#greeting.done();
    switch (kind) {
      case 'call':
        return [greeting, this.#calls.done(), patient(this.#media)];
      case 'media':
        return [greeting, this.#media.done(), patient(this.#calls)];
      case 'aside':
        return [greeting, this.#media.done(), this.#aside.get(about)?.done() ?? greeting];
      case 'first':
      case 'anytime':
        return [greeting];
    }
  }

  #addAside(about: string, turn: Promise<unknown>): void {
    const lane = this.#aside.get(about) ?? new SerialQueue();
    this.#aside.set(about, lane);
    lane.add(turn);
    void lane.done().then(() => {
      if (lane.isIdle && this.#aside.get(about) === lane) this.#aside.delete(about);
    });
  }
}

function patient(lane: SerialQueue): Promise<unknown> {
  if (lane.isIdle) return lane.done();
  return within(patienceMs, lane.done(), () => undefined);
}
