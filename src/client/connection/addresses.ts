/** Where Veilcast is served: one or more addresses of the same service, of which one is in use as long as it answers. */

import { asVeilcastError } from '../support/errors.ts';

/** So long one may take to answer before the next is tried beside it. */
const besideAfterMs = 1_500;

export class Addresses {
  readonly #all: readonly string[];
  #current = 0;

  /** In the order in which they are tried. */
  constructor(urls: string | readonly string[]) {
    const all = typeof urls === 'string' ? [urls] : urls;
    if (all.length === 0) throw new RangeError('no address is given');
    this.#all = all.map((url) => url.replace(/\/+$/, ''));
  }

  /** Every one once, beginning with the one in use. */
  inOrder(): readonly string[] {
    return [...this.#all.slice(this.#current), ...this.#all.slice(0, this.#current)];
  }

  use(address: string): void {
    this.#current = Math.max(0, this.#all.indexOf(address));
  }

  /** It does not answer, or sends away: the next is in use, unless another one is already. */
  lost(address: string): void {
    if (this.#all[this.#current] === address) this.#current = (this.#current + 1) % this.#all.length;
  }

  /** The first that opens: the next is tried at once when one refuses, and beside it when one lets wait. */
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
