/**
 * Sends `answer` until the server has confirmed it. If the socket is lost meanwhile, this device cannot know whether
 * the server received it. Sending it again has no second effect; giving up would close the devices of a call that may
 * be answered.
 */
import type { CallView } from '../../protocol/shared/calls.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { isVeilcastError } from '../support/errors.ts';

const maxAttempts = 5;

/** The part of `Signalling` that is used here. */
export interface Answering {
  request(method: 'answer', params: { callId: CallView['id'] }): Promise<CallView>;
}

/**
 * Rejects at once with an error that a retry cannot fix, such as `answered_elsewhere`; otherwise after the last
 * attempt.
 */
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
