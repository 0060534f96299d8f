/** Work that is waited for no longer than so long. */

/**
 * What `work` comes to; after `limitMs` what `late` answers or throws instead, and then `work` goes on unseen. Leaves no
 * timer behind.
 */
export async function within<T, Late = T>(limitMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      // One turn later: when this process itself was held up, the answer may lie unread in its socket.
      timer = setTimeout(resolve, 0);
    }, limitMs);
  });
  try {
    return await Promise.race([work, over.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
