/**
 * Facts that this process has seen and a call must learn: a participant left, a session is lost, a deadline has passed.
 * Possibly nobody else knows them, so each is retried until it is applied.
 */
import { CallError } from '../../domain/kernel/errors.ts';
import { Throttle } from '../../support/throttle.ts';
import type { Log } from '../../ports/system/log.ts';
import { causeOf } from './workFaults.ts';

export interface FactsOptions {
  readonly log: Log;
  readonly firstWaitMs?: number;
}

const defaultFirstWaitMs = 250;
const longestWaitMs = 5_000;
/** More than a node has sessions. The sweep over the sessions finds the rest. */
const most = 20_000;

type Apply = () => Promise<unknown>;

export class Facts {
  readonly #log: Log;
  readonly #firstWaitMs: number;
  /** A newer fact about the same thing replaces an older one. */
  readonly #owed = new Map<string, Apply>();
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #said = new Throttle();
  #stopped = false;

  constructor({ log, firstWaitMs = defaultFirstWaitMs }: FactsOptions) {
    this.#log = log;
    this.#firstWaitMs = firstWaitMs;
  }

  /** The number of facts that are not applied yet. */
  get owed(): number {
    return this.#owed.size;
  }

  /** Resolves after the first attempt, whatever its result. `name` says what the fact is about. */
  async tell(name: string, apply: Apply): Promise<void> {
    if (this.#owed.size >= most && !this.#owed.has(name)) {
      this.#log.warn('too many facts wait to be applied: this one is left to the sweep');
      await this.#attempt(name, apply);
      return;
    }
    this.#owed.set(name, apply);
    if (await this.#attempt(name, apply)) this.#forget(name, apply);
    else this.#later(name, apply, this.#firstWaitMs);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
    this.#owed.clear();
  }

  #later(name: string, apply: Apply, waitMs: number): void {
    if (this.#stopped || this.#owed.get(name) !== apply) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      // A newer fact has replaced it.
      if (this.#owed.get(name) !== apply) return;
      void this.#attempt(name, apply).then((isOver) => {
        if (isOver) this.#forget(name, apply);
        else this.#later(name, apply, Math.min(longestWaitMs, waitMs * 2));
      });
    }, waitMs);
    timer.unref();
    this.#waiting.add(timer);
  }

  /** Returns whether there is nothing more to do. */
  async #attempt(name: string, apply: Apply): Promise<boolean> {
    try {
      await apply();
      return true;
    } catch (error) {
      const code = error instanceof CallError ? error.code : 'internal';
      const mayPass = error instanceof CallError && (error.kind === 'unavailable' || code === 'busy');
      const reason = name.split(' ', 1)[0] ?? '';
      if (!this.#said.passes(`${reason} ${causeOf(error)}`)) return !mayPass;
      // What passes is told by its code. A fault of ours has a stack to show.
      if (mayPass) this.#log.warn('failed to apply a fact: it is tried again', { code, reason });
      else this.#log.warn('failed to apply a fact: it is dropped', { code, reason, error });
      return !mayPass;
    }
  }

  #forget(name: string, apply: Apply): void {
    if (this.#owed.get(name) === apply) this.#owed.delete(name);
  }
}
