/** The steps of one call: each has a limit, and a name that says where a call failed. */
import { VeilcastError, isVeilcastError } from '../../client/support/errors.ts';
import { within } from '../../support/deadline.ts';

/** `create: overloaded`. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

export async function step<T>(name: string, limitMs: number, work: Promise<T>): Promise<T> {
  try {
    return await within(limitMs, work, () => {
      throw new VeilcastError('timed_out');
    });
  } catch (error) {
    if (error instanceof StepFailed) throw error;
    const why = isVeilcastError(error) ? error.code : error instanceof Error ? error.message : String(error);
    throw new StepFailed(`${name}: ${why}`, { cause: error });
  }
}
