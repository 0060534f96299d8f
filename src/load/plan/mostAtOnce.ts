/** How many calls of a schedule may be under way at once. */
import type { PlannedCall } from './schedule.ts';

/** When each takes its longest, `spanMs`. */
export function mostAtOnce(calls: readonly PlannedCall[], spanMs: number): number {
  let most = 0;
  let oldest = 0;
  for (const [index, { dueMs }] of calls.entries()) {
    while ((calls[oldest]?.dueMs ?? dueMs) + spanMs < dueMs) oldest += 1;
    most = Math.max(most, index - oldest + 1);
  }
  return most;
}
