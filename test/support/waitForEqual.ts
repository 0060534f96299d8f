import { expect } from '@jest/globals';
import { waitFor } from './waitFor.ts';

/** Waits until `probe` gives what is expected, and shows the difference when it does not. */
export async function waitForEqual<T>(probe: () => Promise<T>, expected: T, withinMs = 20_000): Promise<void> {
  try {
    await waitFor('equality', async () => JSON.stringify(await probe()) === JSON.stringify(expected), { withinMs });
  } catch {
    expect(await probe()).toEqual(expected);
  }
}
