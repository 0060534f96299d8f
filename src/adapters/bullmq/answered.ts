/** The border where BullMQ's waits and errors become ours. */
import { CallError } from '../../domain/kernel/errors.ts';
import { within } from '../../support/deadline.ts';

const answerWithinMs = 2_000;

/** A queue that does not answer in time, or not at all, is `unavailable`. What was asked may still happen: it must be safe to repeat. */
export async function answered<T>(work: Promise<T>, withinMs = answerWithinMs): Promise<T> {
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

/** A key of the queue is not what it should be: waiting does not mend it. */
function isOfKey(error: unknown): boolean {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}
