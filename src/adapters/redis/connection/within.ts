import { CallError } from '../../../domain/kernel/errors.ts';

/** Waits no longer than `limitMs`; then it is `unavailable`. Leaves no timer behind. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // When this process itself was held up, the answer lies in its socket unread: sockets are looked at before this.
      setImmediate(() => {
        reject(new CallError('unavailable'));
      });
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
