/** Requests to a media worker: each has a time limit and fails with a code of the catalogue. */
import { errors } from 'mediasoup';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../../domain/kernel/errors.ts';
import { within } from '../../../support/deadline.ts';

export interface AskOptions<T> {
  /** The error code if the worker refuses; without it, the worker is at fault. */
  readonly refusal?: ErrorCode;
  /** Undoes a result that came after the time limit, so that nothing leaks. */
  readonly undo?: (late: T) => void;
}
export type Ask = <T>(request: Promise<T>, options?: AskOptions<T>) => Promise<T>;

export function createAsk(timeoutMs: number): Ask {
  return async <T>(request: Promise<T>, { refusal, undo }: AskOptions<T> = {}): Promise<T> => {
    let late = false;
    const answer = request.then(
      (result) => {
        if (late) undo?.(result);
        return result;
      },
      (error: unknown) => {
        throw translated(error, refusal);
      },
    );
    return within(timeoutMs, answer, () => {
      late = true;
      throw new CallError('overloaded');
    });
  };
}

export function translated(error: unknown, refusal: ErrorCode = 'unavailable'): CallError {
  if (error instanceof CallError) return error;
  const code = error instanceof errors.WorkerClosedError ? 'unavailable' : refusal;
  return new CallError(code, { cause: error });
}
