/** The figures of calls that are all over. */
import type { Figures } from '../../../src/load/figures/figures.ts';
import type { CallRow } from '../../../src/load/figures/result.ts';
import { CallTally } from '../../../src/load/figures/tally.ts';

export function figuresOf(rows: readonly CallRow[]): Figures {
  const tally = new CallTally();
  for (const row of rows) tally.ended(row);
  return tally.figures(null);
}
