/**
 * Two results, or two sets of them, side by side. How far chance alone reaches is found from how runs differ or, where there
 * are too few of them, by drawing again and again from the calls (bootstrap); what lies within is not called a change.
 */
import { Dice } from '../plan/dice.ts';
import type { PartName } from './parts.ts';
import { partNames } from './parts.ts';
import type { LoadResult } from './result.ts';

export interface Compared {
  readonly metric: string;
  /** Milliseconds. */
  readonly before: number;
  readonly after: number;
  /** After divided by before, and where it lies with 99 % confidence. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: 'faster' | 'slower' | 'no change shown';
}

/** With so many runs on each side their spread is known; with fewer it is not, and `unseenSpread` is taken to be chance. */
export const enoughRuns = 6;
/** Runs of the same program on the same machine differ by up to this much, more than calls of one run tell. */
const unseenSpread = 1.1;
/** Calls that came soon after one another fared alike: they are drawn together. */
const blockMs = 5_000;
/** Drawing from fewer blocks gives intervals that are too narrow. */
const leastBlocks = 10;
const draws = 1_000;
/** Intervals of 99 %: some twenty metrics are compared at once, and one in a hundred may fall outside by chance. */
const outside = 0.01;
/** Student's t of that interval for `enoughRuns` - 1 degrees of freedom. */
const studentT = 4.032;
/** Fewer calls have no 95th percentile to speak of. */
const leastCalls = 20;
const quantiles = [
  ['p50', 0.5],
  ['p95', 0.95],
] as const;

/** Why two sets cannot be compared; undefined when they can. */
export function incomparable(before: readonly LoadResult[], after: readonly LoadResult[]): string | undefined {
  const all = [...before, ...after];
  if (before.length === 0 || after.length === 0) return 'There are no results on one side.';
  if (all.some(({ isMeasurement }) => !isMeasurement)) {
    return 'In one of the results the generator was the limit: it measures nothing.';
  }
  const asked = new Set(all.map(({ scenario: { thresholds: _, about: __, ...asked } }) => JSON.stringify(asked)));
  if (asked.size > 1) return 'The results are of different scenarios.';
  // Each ramp reports the run at the rate that it sustained.
  const rates = new Set(all.map(({ sustained }) => sustained?.rate));
  return rates.size > 1 ? 'The results are of different rates: these ramps did not sustain the same.' : undefined;
}

export function compare(before: readonly LoadResult[], after: readonly LoadResult[], seed = 1): readonly Compared[] {
  const hasSpread = Math.min(before.length, after.length) >= enoughRuns;
  return partNames.flatMap((part) => {
    const [one, other] = [groupsOf(before, part, hasSpread), groupsOf(after, part, hasSpread)];
    const leastGroups = hasSpread ? enoughRuns : leastBlocks;
    if ([one, other].some((side) => side.length < leastGroups || side.flat().length < leastCalls)) return [];
    return quantiles.map(([name, quantile]) => {
      const ratio = hasSpread ? ratioOfRuns(one, other, quantile) : ratioByDrawing({ one, other, quantile, seed });
      return { metric: `${part}.${name}`, ...ratio, verdict: verdictOf(ratio, hasSpread) };
    });
  });
}

type Groups = readonly (readonly number[])[];
type Ratio = Pick<Compared, 'before' | 'after' | 'ratio' | 'low' | 'high'>;

/** Whole runs where there are enough of them, or the calls of a few seconds. */
function groupsOf(results: readonly LoadResult[], part: PartName, byRun: boolean): Groups {
  return results.flatMap(({ calls }) => {
    const groups = new Map<number, number[]>();
    for (const { dueMs, parts } of calls) {
      const value = parts[part];
      if (value === undefined) continue;
      const key = byRun ? 0 : Math.floor(dueMs / blockMs);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
    return [...groups.values()];
  });
}

/** Bootstrap: a few runs have too few groups for it, but the blocks of a run are many. */
function ratioByDrawing(asked: { one: Groups; other: Groups; quantile: number; seed: number }): Ratio {
  const { one, other, quantile } = asked;
  const dice = new Dice(asked.seed);
  const drawn = (groups: Groups) => at(sorted(groups.map(() => dice.oneOf(groups)).flat()), quantile);
  const ratios = sorted(Array.from({ length: draws }, () => drawn(other) / drawn(one)));
  const [before, after] = [at(sorted(one.flat()), quantile), at(sorted(other.flat()), quantile)];
  return { before, after, ratio: after / before, low: at(ratios, outside / 2), high: at(ratios, 1 - outside / 2) };
}

/** Each run is one sample: Welch's interval of the difference of the logarithms, with the fewest degrees of freedom there may be. */
function ratioOfRuns(one: Groups, other: Groups, quantile: number): Ratio {
  const [before, after] = [one, other].map((groups) =>
    spreadOf(groups.map((run) => Math.log(at(sorted(run), quantile)))),
  );
  if (before === undefined || after === undefined) throw new RangeError('a ratio is of two sides');
  const reach = studentT * Math.sqrt(before.ofMean + after.ofMean);
  const difference = after.mean - before.mean;
  return {
    before: Math.exp(before.mean),
    after: Math.exp(after.mean),
    ratio: Math.exp(difference),
    low: Math.exp(difference - reach),
    high: Math.exp(difference + reach),
  };
}

/** The mean, and the variance of it. */
function spreadOf(values: readonly number[]): { readonly mean: number; readonly ofMean: number } {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, ofMean: squares / (values.length - 1) / values.length };
}

function verdictOf({ low, high }: Ratio, hasSpread: boolean): Compared['verdict'] {
  const spread = hasSpread ? 1 : unseenSpread;
  if (low > spread) return 'slower';
  if (high < 1 / spread) return 'faster';
  return 'no change shown';
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** The nearest rank. */
function at(values: Float64Array, quantile: number): number {
  return values[Math.max(0, Math.ceil(quantile * values.length) - 1)] ?? Number.NaN;
}
