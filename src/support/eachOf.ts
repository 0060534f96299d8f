/** Work on many items, a few at a time. Items not begun yet stay in the source, which may be pages of a list. */

/** Rejects with the first failure, after all begun work has ended; begins nothing more. */
export async function eachOf<T>(
  source: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const next = nextOf(source);
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      while (!failed) {
        const one = await next();
        if (one.done === true) return;
        await work(one.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failure = ended.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Several may ask at once: an asynchronous source answers in order. */
function nextOf<T>(source: Iterable<T> | AsyncIterable<T>): () => Promise<IteratorResult<T, unknown>> {
  if (Symbol.asyncIterator in source) {
    const iterator = source[Symbol.asyncIterator]();
    return () => iterator.next();
  }
  const iterator = source[Symbol.iterator]();
  return () => Promise.resolve(iterator.next());
}
