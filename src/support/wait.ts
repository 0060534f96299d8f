/** Resolves after the time, or at once if `until` is aborted. */
export function wait(ms: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      until?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    until?.addEventListener('abort', finish);
  });
}
