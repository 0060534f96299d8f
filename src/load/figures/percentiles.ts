/** Times in a histogram that keeps three digits at any size (HdrHistogram), so that a long run costs no memory. */
import { build } from 'hdr-histogram-js';
import * as z from 'zod';

/** Recorded in whole microseconds. */
const unitsPerMs = 1_000;

export const percentiles = z.object({
  count: z.int().positive(),
  min: z.number(),
  p50: z.number(),
  p75: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
  mean: z.number(),
});
export type Percentiles = z.infer<typeof percentiles>;
export type Quantile = Exclude<keyof Percentiles, 'count'>;

export class Times {
  readonly #histogram = build({ numberOfSignificantValueDigits: 3, autoResize: true, bitBucketSize: 64 });

  record(ms: number): void {
    this.#histogram.recordValue(Math.max(0, Math.round(ms * unitsPerMs)));
  }

  /** Milliseconds; null when there is none. */
  percentiles(): Percentiles | null {
    const all = this.#histogram;
    if (all.totalCount === 0) return null;
    const at = (percent: number) => all.getValueAtPercentile(percent) / unitsPerMs;
    return {
      count: all.totalCount,
      min: all.minNonZeroValue > all.maxValue ? 0 : at(0),
      p50: at(50),
      p75: at(75),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: all.maxValue / unitsPerMs,
      mean: all.mean / unitsPerMs,
    };
  }
}
