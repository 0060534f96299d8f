/** What the proof asks of Carol's process, and what it answers. */
import * as z from 'zod';

export const order = z.discriminatedUnion('name', [
  z.object({ name: z.literal('come'), url: z.string(), apiKey: z.string() }),
  /** Takes the next call that rings, and answers it. */
  z.object({ name: z.literal('take') }),
  z.object({ name: z.literal('leave'), callId: z.string() }),
  z.object({ name: z.literal('packets') }),
  /** Calls these people and does everything that a client should not. */
  z.object({ name: z.literal('attack'), callees: z.array(z.string()), mediaPorts: z.array(z.number()) }),
  z.object({ name: z.literal('hangUp'), callId: z.string() }),
  /** A leak on purpose: a packet as it would have come in. */
  z.object({ name: z.literal('plant'), packet: z.string() }),
  /** Writes all that was received into this file. */
  z.object({ name: z.literal('record'), file: z.string() }),
]);
export type Order = z.infer<typeof order>;

export const orderMessage = z.object({ id: z.int(), order });
export const answerMessage = z.object({ id: z.int(), result: z.unknown().optional(), error: z.string().optional() });

/** A line of Carol's record. */
export const recorded = z.object({
  at: z.number(),
  kind: z.enum(['packet', 'frame', 'datagram']),
  base64: z.string(),
});
export type Recorded = z.infer<typeof recorded>;

export const attempts = z.array(z.object({ what: z.string(), held: z.boolean(), detail: z.string() }));
export type Attempt = z.infer<typeof attempts>[number];
export const attacked = z.object({ callId: z.string(), attempts });
