/** Payloads of lifecycle jobs. Also a wire: a job of an older version may meet newer code. */
import * as z from 'zod';
import type { Timer } from '../call/timers.ts';
import { callId, userId, webhookEndpointId } from './ids.ts';

const era = z.int().positive();

export const timer: z.ZodType<Timer> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ring'), callId, era }),
  z.object({ kind: z.literal('grace'), callId, userId, era }),
  z.object({ kind: z.literal('empty'), callId, era }),
  z.object({ kind: z.literal('longest'), callId, era }),
]);

/** `dueAt`: when it should fire, in milliseconds since the epoch; what it is late by is measured against it. */
export const timerJob = z.object({ timer, dueAt: z.int() });
/**
 * Wakes the delivery of a call's messages to an endpoint, once the message with this number and so many failed attempts
 * is due.
 */
export const webhookJob = z.object({
  endpointId: webhookEndpointId,
  callId,
  seq: z.int().positive(),
  attempt: z.int().nonnegative(),
});
export type WebhookJob = z.infer<typeof webhookJob>;
export type TimerJob = z.infer<typeof timerJob>;
