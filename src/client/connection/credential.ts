/** The user's token, as the app hands it out; shared by all requests, so that one refusal makes the next ask for another. */
import type { VeilcastError } from '../support/errors.ts';
import { isVeilcastError } from '../support/errors.ts';

/** `refused` when the last one is not taken, or soon will not be, however good it looks: hand out a new one then. */
export type TokenSource = (asked: { readonly refused: boolean }) => Promise<string>;

export class Credential {
  readonly #source: TokenSource;
  #refused = false;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** The last token is of no use any more. */
  expired(): void {
    this.#refused = true;
  }

  /** Runs a request with a token that is newer than the last. */
  renew<Answer>(request: (token: string) => Promise<Answer>): Promise<Answer> {
    this.#refused = true;
    return this.use(request);
  }

  /** Runs a request with a token, and remembers whether the token was taken. */
  async use<Answer>(request: (token: string) => Promise<Answer>): Promise<Answer> {
    const token = await this.#source({ refused: this.#refused });
    try {
      const answer = await request(token);
      this.#refused = false;
      return answer;
    } catch (error) {
      if (isTokenRefusal(error)) this.#refused = true;
      throw error;
    }
  }
}

/** Refusals that a fresh token may mend. */
export function isTokenRefusal(error: unknown): error is VeilcastError {
  return isVeilcastError(error, 'unauthenticated', 'token_expired');
}
