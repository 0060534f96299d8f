/** Work with a time limit. */

/**
 * The result of `work`; after `limitMs`, `late` returns or throws instead, and the result of `work` is ignored. Leaves
 * no timer behind.
 */
export async function within<T, Late = T>(limitMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      // Wait one more turn: if this process was busy, the answer may still be unread in its socket.
      timer = setTimeout(resolve, 0);
    }, limitMs);
  });
  try {
    return await Promise.race([work, over.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
