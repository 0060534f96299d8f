/** Conditions on a result, such as `setup.p95 < 300` or `failed <= 1%`: they decide how the program ends. */
import * as z from 'zod';
import type { Quantile } from './percentiles.ts';
import { partNames } from './parts.ts';
import type { Figures } from './figures.ts';

const quantiles = ['min', 'p50', 'p75', 'p95', 'p99', 'p999', 'max', 'mean'] as const satisfies readonly Quantile[];
/** Of all calls that were due. */
const counts = ['failed', 'late', 'dropped'] as const;
/** Of the media of all calls: packets that were missing or came twice, in percent. */
const shares = ['loss', 'duplicates'] as const;
const times = [...partNames, 'latency', 'jitter', 'silence'] as const;
const form = new RegExp(
  `^(?:(${counts.join('|')})|(${shares.join('|')})|(${times.join('|')})\\.(${quantiles.join('|')})|(mos))` +
    `\\s*(<=|>=|<|>)\\s*(\\d+(?:\\.\\d+)?)(%?)$`,
);

export const thresholdWords =
  `Write METRIC OPERATOR NUMBER, such as "setup.p95 < 300" or "failed <= 1%". Metrics: ${counts.join(', ')} (a number, or % of ` +
  `the calls), ${shares.join(', ')} (%), mos, and in milliseconds ${times.join(', ')}, each with .${quantiles.join(', .')}.`;

export const threshold = z
  .string()
  .refine((text) => read(text) !== undefined, { error: `is no threshold. ${thresholdWords}` });

export const judgedThreshold = z.object({
  threshold: z.string(),
  /** Null where nothing of the kind was measured: then it is not met. */
  value: z.number().nullable(),
  met: z.boolean(),
});
export type JudgedThreshold = z.infer<typeof judgedThreshold>;

export function judge(text: string, measured: Figures): JudgedThreshold {
  const asked = read(text);
  if (asked === undefined) throw new RangeError(`"${text}" is no threshold. ${thresholdWords}`);
  const value = asked.valueIn(measured);
  return { threshold: text, value, met: value !== null && compares[asked.operator](value, asked.bound) };
}

const compares = {
  '<': (value: number, bound: number) => value < bound,
  '<=': (value: number, bound: number) => value <= bound,
  '>': (value: number, bound: number) => value > bound,
  '>=': (value: number, bound: number) => value >= bound,
} as const;
const operator = z.enum(['<', '<=', '>', '>=']);

interface Asked {
  readonly valueIn: (measured: Figures) => number | null;
  readonly operator: z.infer<typeof operator>;
  readonly bound: number;
}

function read(text: string): Asked | undefined {
  const [, count, share, time, quantile, mos, sign, bound, percent] = form.exec(text.trim()) ?? [];
  if (sign === undefined) return undefined;
  // A time in percent means nothing.
  if (percent === '%' && (time ?? mos) !== undefined) return undefined;
  const rest = { operator: operator.parse(sign), bound: Number(bound) };
  if (mos !== undefined) return { ...rest, valueIn: ({ media }) => media?.mos ?? null };
  if (share !== undefined) return { ...rest, valueIn: shareOf(z.enum(shares).parse(share)) };
  if (count !== undefined) return { ...rest, valueIn: countOf(z.enum(counts).parse(count), percent === '%') };
  return { ...rest, valueIn: timeOf(z.enum(times).parse(time), z.enum(quantiles).parse(quantile)) };
}

function countOf(name: (typeof counts)[number], inPercent: boolean): Asked['valueIn'] {
  return (measured) => {
    if (!inPercent) return measured[name];
    return measured.attempted === 0 ? null : (100 * measured[name]) / measured.attempted;
  };
}

function shareOf(name: (typeof shares)[number]): Asked['valueIn'] {
  return ({ media }) => media?.[name === 'loss' ? 'lossPercent' : 'duplicatesPercent'] ?? null;
}

function timeOf(name: (typeof times)[number], quantile: Quantile): Asked['valueIn'] {
  return ({ parts, media }) => {
    if (name === 'latency') return media?.latencyMs?.[quantile] ?? null;
    if (name === 'jitter') return media?.jitterMs?.[quantile] ?? null;
    if (name === 'silence') return media?.silenceMs?.[quantile] ?? null;
    return parts[name]?.[quantile] ?? null;
  };
}
