/** Requests that an app may abort. */
import { VeilcastError } from './errors.ts';

export interface Waiting {
  /** Aborts the request, which then rejects with `aborted`. No effect once it is done. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rejects with `aborted` as soon as the signal fires. The work then continues unseen, and `undo` receives its result.
 * Nothing begins if the signal was aborted before.
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

/** For work that may finish after its request was aborted. */
export const isAborted = ({ signal }: Waiting): boolean => signal?.aborted === true;
