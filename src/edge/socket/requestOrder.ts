/** The order in which the requests of one socket take effect: that in which they were sent, as their kinds say. */
import type { RequestOrderKind } from '../../protocol/socket/requests.ts';
import { within } from '../../support/deadline.ts';
import { SerialQueue } from '../../support/serialQueue.ts';

/** A person who hangs up takes anything longer for broken. */
const patienceMs = 1_000;

export class RequestOrder {
  readonly #greeting = new SerialQueue();
  readonly #calls = new SerialQueue();
  readonly #media = new SerialQueue();
  /** Lanes of what is done beside others, by what it is about. */
  readonly #aside = new Map<string, SerialQueue>();

  /** Does the work when its turn has come. What failed before it holds it up no longer than what succeeded. */
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
