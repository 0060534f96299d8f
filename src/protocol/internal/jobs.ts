/** Payloads of lifecycle jobs. They must stay compatible: newer code may read a job of an older version. */
import * as z from 'zod';
import { callId, webhookEndpointId } from '../shared/ids.ts';

/** `dueAt`: when to check the call, by the store's clock. */
const look = z.object({ callId, dueAt: z.int() });
/**
 * The format of an older version, in which each call had several kinds of timers. Now it only triggers a check of the
 * call.
 */
const formerTimer = z.object({ timer: z.object({ callId }), dueAt: z.int() });

export const timerJob = z.union([
  look,
  formerTimer.transform(({ timer, dueAt }) => ({ callId: timer.callId, dueAt })).pipe(look),
]);
/**
 * Wakes the delivery of a call's messages to an endpoint once the message `seq`, with `attempt` failed attempts, is
 * due. `urgent`: it makes phones ring.
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
