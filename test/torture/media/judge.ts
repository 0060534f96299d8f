/** What the figures of a scenario must be, and the sum of all. */
import type { Engine } from '../../support/browser/browser.ts';
import type { Figure, Figures } from './scenario.ts';

export interface Played {
  readonly name: string;
  readonly engine: Engine;
  readonly figures: Figures;
  /** Undefined when it is as it should be. */
  readonly failure: string | undefined;
}

const leastKept = 0.95;
/** Encoders give frames and bits by what the machine can do: less than a third of them has another cause. */
const leastRateKept = 1 / 3;
/** A slide that comes later is missed by whoever speaks to it. */
const latestSlideMs = 1_500;
/** Correlation of the pixels of small text: below it letters run together. */
const leastLikeness = 0.8;
const latestBackMs = 3_000;

/** What a scenario was to measure and did not is a failure, too: else a measurement that broke would look like a good one. */
export function whyFailed(figures: Figures, measures: readonly Figure[]): string | undefined {
  const missing = measures.filter((figure) => !isMeasured(figures[figure]));
  if (missing.length > 0) return `nothing was measured: ${missing.join(', ')}`;
  const { heightKept, slideMs, likeness, backMs, banners, reopened, restarts } = figures;
  if (heightKept !== undefined && heightKept < leastKept) return 'the picture is smaller';
  if (Math.min(figures.framesKept ?? 1, figures.bitsKept ?? 1) < leastRateKept) return 'the picture moves less';
  if ((p95(slideMs ?? []) ?? 0) > latestSlideMs) return 'a slide is late';
  if (likeness !== undefined && likeness < leastLikeness) return 'the text cannot be read';
  if (Math.max(...(backMs ?? [])) > latestBackMs) return 'the silence is long';
  if ((banners ?? 0) > 0) return 'a call that carries is told to be interrupted';
  if ((reopened ?? 0) > 0) return 'a device is open that was not';
  return (restarts ?? 0) > 0 ? 'ICE was restarted for nothing' : undefined;
}

function isMeasured(value: Figures[Figure]): boolean {
  const values = typeof value === 'number' ? [value] : (value ?? []);
  return values.length > 0 && values.every(Number.isFinite);
}

export function outcomeOf(played: readonly Played[], engines: readonly Engine[]) {
  const numbers = (pick: (figures: Figures) => number | readonly number[] | undefined, of = played) =>
    of.flatMap(({ figures }) => pick(figures) ?? []);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    scenarios: played.length,
    failed: played.filter(({ failure }) => failure !== undefined).length,
    engines,
    heightKept: { min: leastOf(numbers(({ heightKept }) => heightKept)) },
    slideMs: { p95: p95(numbers(({ slideMs }) => slideMs)) },
    backMs: Object.fromEntries(
      engines.map((engine) => {
        const own = played.filter((one) => one.engine === engine);
        return [engine, { p95: p95(numbers(({ backMs }) => backMs, own)) }];
      }),
    ),
    opened: sum(numbers(({ opened }) => opened)),
    reopened: sum(numbers(({ reopened }) => reopened)),
  };
}

/** Null of none, as every figure of the sum. */
const leastOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.round(100 * Math.min(...values)) / 100;

function p95(values: readonly number[]): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.ceil(sorted.length * 0.95) - 1];
  return value === undefined ? null : Math.round(value);
}
