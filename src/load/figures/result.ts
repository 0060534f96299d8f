/** What a run leaves behind in `result.json`. Other programs read it, so its form has a version. */
import * as z from 'zod';
import { courses, scenario } from '../plan/scenario.ts';
import { figures } from './figures.ts';
import { partNames } from './parts.ts';
import { judgedThreshold } from './thresholds.ts';

/** One call that was due. Times in milliseconds. */
export const callRow = z.object({
  dueMs: z.number(),
  course: z.enum(courses),
  /** `dropped`: not begun, since nobody was free. */
  outcome: z.enum(['ok', 'failed', 'dropped']),
  /** How long after it was due it began. */
  lateMs: z.number(),
  /** Step and error, such as `create: overloaded`. */
  cause: z.string().optional(),
  parts: z.partialRecord(z.enum(partNames), z.number()),
});
export type CallRow = z.infer<typeof callRow>;

const byProcess = z.record(z.string(), z.number());
/** Of about a second each. `cpu` in shares of one core. */
export const useSample = z.object({ atMs: z.number(), cpu: byProcess, memoryMib: byProcess });
export type UseSample = z.infer<typeof useSample>;

export const processUse = z.object({
  name: z.string(),
  /** Shares of one core. */
  cpuMean: z.number(),
  cpuMost: z.number(),
  memoryFirstMib: z.number(),
  memoryMostMib: z.number(),
  memoryLastMib: z.number(),
});
export type ProcessUse = z.infer<typeof processUse>;

export const resultVersion = 'veilcast-load/1';
export const result = z.object({
  version: z.literal(resultVersion),
  scenario,
  seed: z.int(),
  startedAt: z.iso.datetime(),
  /** The arguments that make the same run again. */
  command: z.array(z.string()),
  machine: z.object({ node: z.string(), system: z.string(), cores: z.int() }),
  ...figures.shape,
  processes: z.array(processUse),
  /** What limited the run, in one sentence. */
  limit: z.string(),
  /** False when the generator itself was the limit: then nothing here is about the server. */
  isMeasurement: z.boolean(),
  thresholds: z.array(judgedThreshold),
  /** Of a ramp: the highest rate that held, and the lowest that broke. The rest is of the run at the highest that held. */
  sustained: z.object({ rate: z.number().nullable(), brokeAt: z.number().nullable() }).optional(),
  calls: z.array(callRow),
  use: z.array(useSample),
});
export type LoadResult = z.infer<typeof result>;
