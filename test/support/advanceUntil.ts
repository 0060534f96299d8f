import { jest } from '@jest/globals';

/** `waitFor` under a fake clock: moves the time on until a condition holds; fails with what was waited for. */
export async function advanceUntil(what: string, probe: () => boolean, withinMs = 60_000): Promise<void> {
  const stepMs = 20;
  for (let passedMs = 0; passedMs < withinMs; passedMs += stepMs) {
    if (probe()) return;
    await jest.advanceTimersByTimeAsync(stepMs);
  }
  throw new Error(`moved the time on by ${withinMs} ms for ${what}`);
}
