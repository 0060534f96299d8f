import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../waitFor.ts';

/** Far longer than between two packets of a track. */
const quietMs = 300;

/** Waits until no packet comes any more: those that were under way may be late. Answers how many came. */
export function silent(packets: () => number): Promise<number> {
  return waitFor('silence', async () => {
    const before = packets();
    await delay(quietMs);
    return packets() === before ? before : undefined;
  });
}
