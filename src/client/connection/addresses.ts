/** The addresses of one service. One of them is in use as long as it answers. */

import { asVeilcastError } from '../support/errors.ts';

/** If an address takes longer than this to answer, the next one is tried in parallel. */
const besideAfterMs = 1_500;

export class Addresses {
  readonly #all: readonly string[];
  #current = 0;

  /** `urls` in the order in which they are tried. */
  constructor(urls: string | readonly string[]) {
    const all = typeof urls === 'string' ? [urls] : urls;
    if (all.length === 0) throw new RangeError('at least one address is required');
    this.#all = all.map((url) => url.replace(/\/+$/, ''));
  }

  /** Each address once, beginning with the one in use. */
  inOrder(): readonly string[] {
    return [...this.#all.slice(this.#current), ...this.#all.slice(0, this.#current)];
  }

  use(address: string): void {
    this.#current = Math.max(0, this.#all.indexOf(address));
  }

  /**
   * The address does not answer, or its server sent this client away. Moves to the next one, unless another is already
   * in use.
   */
  lost(address: string): void {
    if (this.#all[this.#current] === address) this.#current = (this.#current + 1) % this.#all.length;
  }

  /**
   * Resolves with the first that opens. Tries the next address at once if one refuses, and in parallel if one is slow.
   */
  open<Opened extends { close(): void }>(
    opening: (address: string) => Promise<Opened>,
    besideMs = besideAfterMs,
  ): Promise<{ readonly address: string; readonly opened: Opened }> {
    return new Promise((resolve, reject) => {
      const untried = [...this.inOrder()];
      let underWay = 0;
      let isOpen = false;
      const tryNext = (): void => {
        const address = isOpen ? undefined : untried.shift();
        if (address === undefined) return;
        underWay += 1;
        const timer = setTimeout(tryNext, besideMs);
        opening(address).then(
          (opened) => {
            clearTimeout(timer);
            if (isOpen) opened.close();
            isOpen = true;
            resolve({ address, opened });
          },
          (error: unknown) => {
            clearTimeout(timer);
            underWay -= 1;
            if (untried.length > 0) tryNext();
            else if (underWay === 0) reject(asVeilcastError(error, 'disconnected'));
          },
        );
      };
      tryNext();
    });
  }
}
