/**
 * Delivers what one endpoint is to be told of one call, in order: the next goes only when the one before was accepted or
 * given up. Wherever this is cut off, the job that runs it is run again.
 */
import { signingSecrets, waitAfter } from '../call/webhook.ts';
import type { SendFailure, WebhookEndpoint, WebhookMessage } from '../call/webhook.ts';
import type { CallMetrics } from '../ports/callMetrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { AcceptedHere } from './acceptedHere.ts';
import type { Due, Lane, WebhookEndpoints, WebhookMailbox, WebhookSender, WebhookWakeUps } from '../ports/webhooks.ts';

export interface DeliverContext {
  readonly endpoints: Pick<WebhookEndpoints, 'get'>;
  readonly mailbox: WebhookMailbox;
  readonly wakeUps: WebhookWakeUps;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly acceptedHere: AcceptedHere;
  readonly waitsMs: readonly number[];
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly metrics: Pick<CallMetrics, 'webhookSent' | 'webhookDied'>;
  readonly log: Log;
}
export interface Delivery {
  readonly lane: Lane;
  readonly woken: Pick<Due, 'seq' | 'attempt'>;
  /** The same for the same job, whoever runs it. */
  readonly holder: string;
}

/** Then other lanes have their turn. */
const mostAtOnce = 20;

export async function deliverWebhook(context: DeliverContext, delivery: Delivery): Promise<void> {
  const { mailbox, wakeUps, clock } = context;
  const { lane, holder, woken } = delivery;
  for (let sent = 0; sent < mostAtOnce; sent += 1) {
    const taken = await mailbox.take(lane, { holder, woken, now: clock.now() });
    // While this held the lane, the job that waits for that message may have come, and gone again.
    if (taken.state === 'later') await (sent > 0 ? wakeUps.wakeAgain(lane, taken.due) : wakeUps.wake(lane, taken.due));
    if (taken.state !== 'message' || !(await deliver(context, delivery, taken))) return;
  }
  const due = await mailbox.release(lane, holder);
  if (due !== 'nothing') await wakeUps.wakeAgain(lane, due);
}

/** Answers whether there may be more to do now. */
async function deliver(
  context: DeliverContext,
  { lane, holder }: Delivery,
  { message, attempt }: { readonly message: WebhookMessage; readonly attempt: number },
): Promise<boolean> {
  const { mailbox, endpoints, acceptedHere } = context;
  const endpoint = await endpoints.get(lane.endpointId);
  if (endpoint === undefined) {
    await mailbox.drop(lane);
    return false;
  }
  if (!acceptedHere.has(lane, message)) {
    const outcome = await attemptTo(context, endpoint, message);
    if (!outcome.accepted) return failed(context, { lane, holder, message, attempts: attempt + 1, outcome });
    acceptedHere.add(lane, message);
  }
  await mailbox.accepted(lane, message);
  return true;
}

async function attemptTo(
  { sender, clock, metrics }: DeliverContext,
  endpoint: WebhookEndpoint,
  message: WebhookMessage,
) {
  const { id, body } = message;
  const secrets = signingSecrets(endpoint, clock.now());
  const outcome = await sender.send({ id, body, url: endpoint.url, secrets });
  metrics.webhookSent(outcome.accepted ? 'accepted' : outcome.failure);
  return outcome;
}

interface Failed {
  readonly lane: Lane;
  readonly holder: string;
  readonly message: WebhookMessage;
  readonly attempts: number;
  readonly outcome: { readonly failure: SendFailure; readonly status?: number };
}

async function failed(context: DeliverContext, { lane, holder, message, attempts, outcome }: Failed): Promise<boolean> {
  const { mailbox, wakeUps, waitsMs, random, clock, metrics, log } = context;
  const { failure, status } = outcome;
  const waitMs = waitAfter(attempts, waitsMs, random());
  if (waitMs === undefined) {
    const end = status === undefined ? {} : { status };
    await mailbox.bury(lane, { message, attempts, failure, ...end, diedAt: clock.now() });
    metrics.webhookDied();
    log.warn('a webhook was given up', { callId: lane.callId, reason: failure, count: attempts });
    return true;
  }
  log.debug('a webhook was not accepted', { callId: lane.callId, reason: failure, count: attempts });
  const attempt = { seq: message.seq, attempt: attempts, dueAt: clock.now() + waitMs };
  const due = await mailbox.failed(lane, { ...attempt, holder });
  if (due !== 'nothing') await wakeUps.wake(lane, due);
  return false;
}
