/** Waiting that an app may give up. */
import { VeilcastError } from './errors.ts';

export interface Waiting {
  /** Gives the waiting up: it rejects with `aborted`. Without effect once it is over. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rejects with `aborted` as soon as the signal says so. What is at work then goes on unseen; `undo` gets what it comes to.
 * Nothing begins when the signal was there first.
 */
export async function unlessAborted<Result>(
  { signal }: Waiting = {},
  begin: () => Promise<Result>,
  undo: (late: Result) => unknown = () => undefined,
): Promise<Result> {
  if (signal === undefined) return begin();
  if (signal.aborted) throw aborted(signal);
  const work = begin();
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(aborted(signal));
      work.then(undo).catch(() => undefined);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp);
    });
  });
}

const aborted = (signal: AbortSignal) => new VeilcastError('aborted', { cause: signal.reason });

/** Asked where the waiting is over and the work is not. */
export const isAborted = ({ signal }: Waiting): boolean => signal?.aborted === true;
