/**
 * Repeats the hang-ups of this device until the server has confirmed them. The call has already ended on this side, so
 * a hang-up must take effect even if the connection is lost in that moment.
 */
import type { CallView } from '../../protocol/shared/calls.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { isVeilcastError } from '../support/errors.ts';

export type HangUp = 'decline' | 'cancel' | 'leave';

/** Several minutes in total: longer than the server waits for a lost device. */
const maxAttempts = 60;

/** The part of `Signalling` that is used here. */
export interface Speaker {
  request(word: HangUp, params: { callId: CallView['id'] }): Promise<unknown>;
}

export class PendingHangups {
  readonly #signalling: Speaker;
  readonly #unconfirmed = new Set<CallView['id']>();

  constructor(signalling: Speaker) {
    this.#signalling = signalling;
  }

  /** This device has ended the call, but the server has not confirmed it yet. */
  isUnconfirmed(callId: CallView['id']): boolean {
    return this.#unconfirmed.has(callId);
  }

  /** Rejects only with errors that a retry cannot fix. */
  async say(callId: CallView['id'], word: HangUp): Promise<void> {
    this.#unconfirmed.add(callId);
    try {
      let next = word;
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        try {
          await this.#signalling.request(next, { callId });
          return;
        } catch (error) {
          if (isVeilcastError(error, 'call_ended', 'call_not_found', 'not_ringing', 'not_joined')) return;
          // The call was answered in the same moment: leave it instead.
          if (isVeilcastError(error, 'already_answered') && next !== 'leave') next = 'leave';
          else if (
            isVeilcastError(
              error,
              'disconnected',
              'timed_out',
              'unavailable',
              'busy',
              'too_many_requests',
              'too_many_in_flight',
            )
          ) {
            await wait(backoffMs(attempt + 1));
          } else throw error;
        }
      }
    } finally {
      this.#unconfirmed.delete(callId);
    }
  }
}
