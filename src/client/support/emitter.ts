/** Typed events. An exception in a listener is reported as an uncaught error and does not affect other listeners. */
type Listeners<Events> = { [Name in keyof Events]?: Set<(payload: Events[Name]) => void> };

export class Emitter<Events> {
  readonly #listeners: Listeners<Events> = {};

  /** Calls `listener` at every event of this name, until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Like {@link on}, but only for the first event. */
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
