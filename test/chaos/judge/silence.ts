/** How long nobody heard anybody after a fault. */
import type { Ear, Silence } from '../clients/ears.ts';

/** Shorter ones happen on a busy machine without any fault. */
export const noticedMs = 100;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A silence that begins later has another reason. */
const madeWithinMs = 2_000;

/**
 * From the fault to the first packet after the silence that it made: 0 when there was none, undefined when nothing has
 * come since.
 */
export function backAfterMs(ear: Ear, faultAt: number, seenAt: number): number | undefined {
  const silences = [...ear.silences, ...stillSilent(ear, seenAt)];
  const made = silences.find(({ from, to, ms }) => ms >= noticedMs && to > faultAt && from < faultAt + madeWithinMs);
  if (made === undefined) return 0;
  return made.to === Number.POSITIVE_INFINITY ? undefined : made.to - faultAt;
}

/** The longest silence within a span, less the pauses of the speakers. */
export function longestSilenceMs(ears: readonly Ear[], { from, to }: Span): number {
  const within = ears.flatMap((ear) => [
    ...ear.silences.filter((silence) => silence.to > from && silence.from < to),
    ...stillSilent(ear, to),
  ]);
  return within.reduce((longest, silence) => Math.max(longest, silence.ms), 0);
}

/** One that continues. */
function stillSilent(ear: Ear, seenAt: number): readonly Silence[] {
  const ms = seenAt - ear.lastAt;
  return ms < 500 ? [] : [{ from: ear.lastAt, to: Number.POSITIVE_INFINITY, ms }];
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
