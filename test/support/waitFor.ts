export interface WaitOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Waits for a condition; fails with what was waited for, never with a bare time-out. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  { withinMs = 20_000, everyMs = 20 }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadline) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    last = value;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`waited ${withinMs} ms for ${what}; last seen: ${String(last)}`);
}
