/**
 * The user's token, as the app supplies it. All requests share it, so that after a refusal the next one asks for a new
 * token.
 */
import { checkToken } from '../checkOptions.ts';
import type { VeilcastError } from '../support/errors.ts';
import { isVeilcastError } from '../support/errors.ts';

/**
 * Returns a token or ticket. `refused`: the last one was refused or expires soon. Return a new one then, however valid
 * the old one looks.
 */
export type TokenSource = (asked: { readonly refused: boolean }) => Promise<string>;

export class Credential {
  readonly #source: TokenSource;
  #refused = false;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** The last token is no longer valid. */
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
      checkToken(token);
      const answer = await request(token);
      this.#refused = false;
      return answer;
    } catch (error) {
      if (isOfToken(error)) this.#refused = true;
      throw error;
    }
  }
}

/** Refusals that a new token may fix. */
export function isTokenRefusal(error: unknown): error is VeilcastError {
  return isVeilcastError(error, 'unauthenticated', 'token_expired');
}

/** A refusal, or what the app returned is no token at all. */
export function isOfToken(error: unknown): error is VeilcastError {
  return isTokenRefusal(error) || isVeilcastError(error, 'token_invalid');
}
