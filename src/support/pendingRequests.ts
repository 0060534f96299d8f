/** Requests over a shared connection: each has a number, and its answer has the same. */
import { within } from './deadline.ts';

export interface PendingRequest<To> {
  /** Receiver of the request. */
  readonly to: To;
  readonly limitMs: number;
  /** Called at once. If it rejects, so does the request. */
  readonly send: (number: number) => Promise<void> | void;
  /** The error if no answer came in time. */
  readonly late: () => Error;
}
interface Waiting<To> {
  readonly to: To;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class PendingRequests<To> {
  readonly #waiting = new Map<number, Waiting<To>>();
  #lastNumber = 0;

  async ask({ to, limitMs, send, late }: PendingRequest<To>): Promise<unknown> {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(number, { to, resolve, reject });
    });
    try {
      send(number)?.catch((error: unknown) => {
        this.reject(number, error);
      });
      return await within(limitMs, answer, () => {
        throw late();
      });
    } finally {
      this.#waiting.delete(number);
    }
  }

  /** Undefined if nobody waits for that answer any more. */
  askedOf(number: number): To | undefined {
    return this.#waiting.get(number)?.to;
  }

  /** An answer that nobody waits for is dropped; `reject` does the same. */
  resolve(number: number, answer: unknown): void {
    this.#waiting.get(number)?.resolve(answer);
  }

  reject(number: number, error: unknown): void {
    this.#waiting.get(number)?.reject(error);
  }

  /** Rejects all pending requests, or only those to certain receivers. */
  rejectAll(error: () => Error, asked: (to: To) => boolean = () => true): void {
    for (const { to, reject } of this.#waiting.values()) if (asked(to)) reject(error());
  }
}
