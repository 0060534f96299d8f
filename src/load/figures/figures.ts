/** What was counted and measured of the calls of one run. */
import * as z from 'zod';
import { partNames } from './parts.ts';
import { percentiles } from './percentiles.ts';

/** Of all that arrived in the talks. */
export const mediaFigures = z.object({
  packets: z.int().nonnegative(),
  lossPercent: z.number(),
  duplicatesPercent: z.number(),
  /** One way, from device to device, of each packet. */
  latencyMs: percentiles.nullable(),
  /** RFC 3550 §6.4.1, of each stream at its end. */
  jitterMs: percentiles.nullable(),
  /** Of each stream: the longest time without a packet. */
  silenceMs: percentiles.nullable(),
  /** Estimated by the E-model (ITU-T G.107) from loss and latency, from 1 to 4.5. */
  mos: z.number().nullable(),
});
export type MediaFigures = z.infer<typeof mediaFigures>;

/** Calls of the warm-up are not among them. */
export const figures = z.object({
  attempted: z.int(),
  ok: z.int(),
  failed: z.int(),
  late: z.int(),
  dropped: z.int(),
  /** How often each cause, the most frequent first. */
  failures: z.record(z.string(), z.int()),
  parts: z.record(z.enum(partNames), percentiles.nullable()),
  media: mediaFigures.nullable(),
});
export type Figures = z.infer<typeof figures>;
