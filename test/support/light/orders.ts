/** What is asked of the process that holds the light receivers, and what it answers. */
import * as z from 'zod';
import { transportOptions } from '../../../src/protocol/shared/media.ts';

const expectedStream = z.object({ ssrc: z.int(), trackId: z.string(), kind: z.enum(['audio', 'video']) });

export const order = z.discriminatedUnion('name', [
  /** Answers the fingerprint of all of them. */
  z.object({ name: z.literal('identify') }),
  /** The server knows the fingerprint by now. Answers when ICE and DTLS are through. */
  z.object({
    name: z.literal('connect'),
    viewer: z.string(),
    /** Of receivers that are compared as one. */
    group: z.string(),
    localAddress: z.string(),
    transport: transportOptions,
  }),
  z.object({ name: z.literal('expect'), viewer: z.string(), streams: z.array(expectedStream) }),
  z.object({ name: z.literal('begin') }),
  /** Answers a `Reckoning`. */
  z.object({
    name: z.literal('end'),
    /** How much later the sound was in one group than in the other is to be told. */
    later: z.object({ group: z.string(), than: z.string() }).optional(),
    /** RTP timestamps of sound, and when each was sent, in milliseconds since the epoch. */
    sent: z.array(z.tuple([z.int(), z.number()])).optional(),
  }),
]);
export type Order = z.infer<typeof order>;

export const orderMessage = z.object({ id: z.int(), order });
export const answerMessage = z.object({ id: z.int(), result: z.unknown().optional(), error: z.string().optional() });

const percentiles = z.object({ p50: z.number(), p95: z.number() });
export const reckoning = z.object({
  received: z.int(),
  expected: z.int(),
  /** Receivers to whom something came of every stream. */
  whole: z.int(),
  /** Packets that the receivers' own process was too late to read: part of what is missing. */
  droppedHere: z.int(),
  /** Share of a core that the receivers' process used. */
  cpu: z.number(),
  wayMs: percentiles.optional(),
  laterMs: percentiles.optional(),
});
export type Reckoning = z.infer<typeof reckoning>;
