/**
 * What this device said last in calls that it has ended on its side. Said again until the server has heard it: hanging up
 * must hold, whatever happens to the connection in that moment.
 */
import type { CallView } from '../../protocol/shared/calls.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { isVeilcastError } from '../support/errors.ts';

export type LastWord = 'decline' | 'cancel' | 'leave';

/** Together several minutes: longer than the server waits for a device that is lost. */
const maxAttempts = 60;

/** The part of `Signalling` that is needed. */
export interface Speaker {
  request(word: LastWord, params: { callId: CallView['id'] }): Promise<unknown>;
}

export class PendingHangups {
  readonly #signalling: Speaker;
  readonly #unheard = new Set<CallView['id']>();

  constructor(signalling: Speaker) {
    this.#signalling = signalling;
  }

  /** This device has ended the call, and the server does not know yet. */
  isUnheard(callId: CallView['id']): boolean {
    return this.#unheard.has(callId);
  }

  /** Rejects only with what saying it again cannot mend. */
  async say(callId: CallView['id'], word: LastWord): Promise<void> {
    this.#unheard.add(callId);
    try {
      let next = word;
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        try {
          await this.#signalling.request(next, { callId });
          return;
        } catch (error) {
          if (isVeilcastError(error, 'call_ended', 'call_not_found', 'not_ringing', 'not_joined')) return;
          // Answered in the same moment: then it is left.
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
      this.#unheard.delete(callId);
    }
  }
}
