/** What the figures of a scenario must be, and the sum of all. */
import type { Engine } from '../../support/browser/browser.ts';
import type { Figures } from './scenarios.ts';

export interface Played {
  readonly name: string;
  readonly engine: Engine;
  readonly figures: Figures;
  /** Undefined when it is as it should be. */
  readonly failure: string | undefined;
}

const leastKept = 0.95;
/** A slide that comes later is missed by whoever speaks to it. */
const latestSlideMs = 1_500;
/** Correlation of the pixels of small text: below it letters run together. */
const leastLikeness = 0.8;
const latestBackMs = 3_000;

export function whyFailed({ heightKept, slideMs, likeness, backMs, reopened, restarts }: Figures): string | undefined {
  if (heightKept !== undefined && heightKept < leastKept) return 'the picture is smaller';
  if (slideMs !== undefined && p95(slideMs) > latestSlideMs) return 'a slide is late';
  if (likeness !== undefined && likeness < leastLikeness) return 'the text cannot be read';
  if (backMs !== undefined && backMs > latestBackMs) return 'the silence is long';
  if ((reopened ?? 0) > 0) return 'a device is open that was not';
  return (restarts ?? 0) > 0 ? 'ICE was restarted for nothing' : undefined;
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
    slideMs: { p95: rounded(p95(numbers(({ slideMs }) => slideMs))) },
    backMs: Object.fromEntries(
      engines.map((engine) => {
        const own = played.filter((one) => one.engine === engine);
        return [engine, { p95: rounded(p95(numbers(({ backMs }) => backMs, own))) }];
      }),
    ),
    opened: sum(numbers(({ opened }) => opened)),
    reopened: sum(numbers(({ reopened }) => reopened)),
  };
}

const rounded = (value: number) => Math.round(value);
const leastOf = (values: readonly number[]) =>
  values.length === 0 ? null : Math.round(100 * Math.min(...values)) / 100;

/** 0 of none. */
function p95(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}
