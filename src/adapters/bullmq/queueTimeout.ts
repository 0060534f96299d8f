/** Bounds the waits for BullMQ, and turns its errors into ours. */
import { CallError } from '../../domain/kernel/errors.ts';
import { within } from '../../support/deadline.ts';

const answerWithinMs = 2_000;

/**
 * A queue that fails or does not answer in time is `unavailable`. The request may still be carried out: it must be safe
 * to repeat.
 */
export async function withQueueTimeout<T>(work: Promise<T>, withinMs = answerWithinMs): Promise<T> {
  try {
    return await within(withinMs, work, () => {
      throw new CallError('unavailable');
    });
  } catch (error) {
    throw error instanceof CallError
      ? error
      : new CallError(isOfKey(error) ? 'internal' : 'unavailable', { cause: error });
  }
}

/** A key of the queue has the wrong type: waiting does not help. */
function isOfKey(error: unknown): boolean {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}
