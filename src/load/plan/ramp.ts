/** Finds the highest rate that holds, by bisection: a rate that holds is a floor, one that breaks a ceiling. */
export interface RampOptions {
  readonly from: number;
  readonly to: number;
  /** Ends when floor and ceiling are no further apart. */
  readonly step: number;
  /** Whether the thresholds are met at this rate. */
  readonly holds: (rate: number) => Promise<boolean>;
}
export interface Sustained {
  /** Undefined when even the lowest rate broke. */
  readonly rate: number | undefined;
  /** The lowest rate that broke; undefined when none did. */
  readonly brokeAt: number | undefined;
}

export async function highestSustained({ from, to, step, holds }: RampOptions): Promise<Sustained> {
  if (!(await holds(from))) return { rate: undefined, brokeAt: from };
  // Doubling first: a server that is far from its end is not asked at every rate on the way.
  let floor = from;
  let ceiling: number | undefined;
  while (ceiling === undefined && floor < to) {
    const rate = Math.min(to, floor * 2);
    if (await holds(rate)) floor = rate;
    else ceiling = rate;
  }
  while (ceiling !== undefined && ceiling - floor > step) {
    const rate = (floor + ceiling) / 2;
    if (await holds(rate)) floor = rate;
    else ceiling = rate;
  }
  return { rate: floor, brokeAt: ceiling };
}
