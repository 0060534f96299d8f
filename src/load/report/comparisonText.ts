/** A comparison in words, for a terminal. */
import type { Compared } from '../figures/comparison.ts';

interface Runs {
  /** On the side that has fewer. */
  readonly runs: number;
  readonly enoughRuns: number;
}

export function comparisonText(compared: readonly Compared[], { runs, enoughRuns }: Runs): string {
  if (compared.length === 0) return 'Too few calls to compare anything, or in too short a time.\n';
  const rows = compared.map(
    ({ metric, before, after, ratio, low, high, verdict }) =>
      `${metric.padEnd(18)}${ms(before)} → ${ms(after)}   × ${ratio.toFixed(3)} (99 %: ${low.toFixed(3)} to ${high.toFixed(3)})   ${verdict}`,
  );
  const note =
    runs >= enoughRuns
      ? `${runs} runs on each side: their own spread is known.`
      : `${runs} run${runs === 1 ? '' : 's'} on a side: how much runs differ by chance is not known, so that less than 10 % is not ` +
        `called a change. With ${enoughRuns} on each side it is.`;
  return `${rows.join('\n')}\n${note}\n`;
}

function ms(value: number): string {
  return `${value.toFixed(1).padStart(9)} ms`;
}
