import { VeilcastError } from './errors.ts';

/** The names of all events. A table, so that none can be forgotten. */
type Known<Events> = Readonly<Record<keyof Events, true>>;

type Listeners<Events> = { [Name in keyof Events]?: Set<(payload: Events[Name]) => void> };

/** Typed events. An exception in a listener is reported as an uncaught error and does not affect other listeners. */
export class Emitter<Events> {
  readonly #listeners: Listeners<Events> = {};
  readonly #known: Known<Events> | undefined;

  /** With `known`, to listen to another event throws `unknown_event`: a listener for a misspelt name is never called. */
  constructor(known?: Known<Events>) {
    this.#known = known;
  }

  /** Calls `listener` at every event of this name, until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    if (this.#known && !Object.hasOwn(this.#known, name)) throw unknownEvent(name, Object.keys(this.#known));
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Like `on`, but only for the first event. */
  once<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    const off = this.on(name, (payload) => {
      off();
      listener(payload);
    });
    return off;
  }

  protected emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.#listeners[name] ?? [])]) {
      try {
        listener(payload);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

function unknownEvent(name: PropertyKey, names: readonly string[]): VeilcastError {
  const message = `\`${String(name)}\` is none of ${names.join(', ')}`;
  return new VeilcastError('unknown_event', { issues: [{ path: 'event', message }] });
}
