/** Payloads of lifecycle jobs. Also a wire: a job of an older version may meet newer code. */
import * as z from 'zod';
import { callId, webhookEndpointId } from '../shared/ids.ts';

/** `dueAt`: when the call is to be looked at, by the store's clock. */
const look = z.object({ callId, dueAt: z.int() });
/** A timer of one kind, as each call had several of: now it is a reason to look at the call. */
const formerTimer = z.object({ timer: z.object({ callId }), dueAt: z.int() });

export const timerJob = z.union([
  look,
  formerTimer.transform(({ timer, dueAt }) => ({ callId: timer.callId, dueAt })).pipe(look),
]);
/**
 * Wakes the delivery of a call's messages to an endpoint, once the message with this number and so many failed attempts
 * is due. `urgent`: phones ring by it.
 */
export const webhookJob = z.object({
  endpointId: webhookEndpointId,
  callId,
  seq: z.int().positive(),
  attempt: z.int().nonnegative(),
  urgent: z.literal(true).exactOptional(),
});
export type WebhookJob = z.infer<typeof webhookJob>;
export type TimerJob = z.output<typeof timerJob>;
