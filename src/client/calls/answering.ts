/**
 * Answering until the server has heard it. A socket may go in that very moment, and then nobody knows whether it did: it is
 * asked again, which has no second effect, rather than shutting the devices of a call that is answered.
 */
import type { CallView } from '../../protocol/shared/calls.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { isVeilcastError } from '../support/errors.ts';

const maxAttempts = 5;

/** The part of `Signalling` that is needed. */
export interface Answering {
  request(method: 'answer', params: { callId: CallView['id'] }): Promise<CallView>;
}

/** Rejects with what asking again cannot mend, such as `answered_elsewhere`. */
export async function answerUntilHeard(signalling: Answering, callId: CallView['id']): Promise<CallView> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await signalling.request('answer', { callId });
    } catch (error) {
      const isUnknown = isVeilcastError(error, 'disconnected', 'timed_out', 'unavailable');
      if (!isUnknown || attempt === maxAttempts) throw error;
      await wait(backoffMs(attempt));
    }
  }
}
