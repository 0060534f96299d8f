/**
 * Delivers the messages of one call to one endpoint, in order: the next one goes only when the one before was accepted
 * or given up. After an interruption at any point, a process that looks for waiting lanes finds the lane again.
 */
import { CallError } from '../../domain/kernel/errors.ts';
import { signingSecrets, waitAfter } from '../../domain/webhooks/webhook.ts';
import type { SendFailure, WebhookEndpoint, WebhookMessage } from '../../domain/webhooks/webhook.ts';
import { isUrgent } from '../../domain/webhooks/fairness.ts';
import type { WebhookMetrics } from '../../ports/system/callMetrics.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Log } from '../../ports/system/log.ts';
import type {
  Due,
  Lane,
  SendOutcome,
  Taken,
  WebhookEndpoints,
  WebhookMailbox,
  WebhookSender,
  WebhookWakeUps,
} from '../../ports/webhooks/webhooks.ts';
import type { AcceptedHere } from './acceptedHere.ts';
import { disableEndpoint } from './disableEndpoint.ts';
import { exponentialMs } from '../../support/backoff.ts';
import { wait } from '../../support/wait.ts';

export interface DeliverContext {
  readonly endpoints: Pick<WebhookEndpoints, 'get' | 'replace'>;
  readonly mailbox: WebhookMailbox;
  readonly wakeUps: WebhookWakeUps;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly acceptedHere: AcceptedHere;
  readonly waitsMs: readonly number[];
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly metrics: Pick<WebhookMetrics, 'webhookSent' | 'webhookDied'>;
  readonly log: Log;
}
export interface Delivery {
  readonly lane: Lane;
  /** The message and attempt for which a job woke it. */
  readonly woken?: Pick<Due, 'seq' | 'attempt'>;
  /** One holder holds a lane only once at a time. */
  readonly holder: string;
  /** Called with the result of an attempt. Returns whether the next message may go at once. */
  readonly attempted: (outcome: SendOutcome) => boolean;
  /** Whether the process has time to retry noting what was accepted. */
  readonly mayContinue: () => boolean;
}
/** `more`: another message is next. `later`: the lane waits for its time. `busy`: another process holds the lane. */
export type Delivered = 'done' | 'more' | 'later' | 'busy';

export async function deliverWebhook(context: DeliverContext, delivery: Delivery): Promise<Delivered> {
  const { mailbox, clock } = context;
  const { lane, holder, woken } = delivery;
  let taken = await mailbox.take(lane, { holder, now: clock.now(), ...(woken === undefined ? {} : { woken }) });
  while (taken.state === 'message') {
    const endpoint = await endpointOf(context, lane, holder);
    if (endpoint === undefined) return 'done';
    taken = await deliver(context, delivery, { endpoint, message: taken.message, attempts: taken.attempt + 1 });
  }
  if (taken.state === 'later') return taken.due.dueAt <= clock.now() ? 'more' : 'later';
  return taken.state === 'busy' ? 'busy' : 'done';
}

/** Undefined when nothing may be sent to it. The dispatcher clears what waits for a disabled endpoint. */
async function endpointOf(
  { endpoints, mailbox }: DeliverContext,
  lane: Lane,
  holder: string,
): Promise<WebhookEndpoint | undefined> {
  const endpoint = await endpoints.get(lane.endpointId);
  if (endpoint === undefined) await mailbox.drop(lane);
  else if (endpoint.disabled !== undefined) await mailbox.release(lane, holder);
  return endpoint?.disabled === undefined ? endpoint : undefined;
}

interface Attempt {
  readonly endpoint: WebhookEndpoint;
  readonly message: WebhookMessage;
  /** This attempt included. */
  readonly attempts: number;
}

/** Returns what comes next. */
async function deliver(context: DeliverContext, delivery: Delivery, attempt: Attempt): Promise<Taken> {
  const { mailbox, acceptedHere, clock } = context;
  const { lane, holder, attempted } = delivery;
  const { message } = attempt;
  let continues = true;
  if (!acceptedHere.has(lane, message)) {
    const outcome = await attemptTo(context, attempt);
    continues = attempted(outcome);
    if (!outcome.accepted) return failed(context, { ...attempt, ...delivery, continues, outcome });
    acceptedHere.add(lane, message);
  }
  return untilNoted(delivery, () => mailbox.accepted(lane, message, { holder, continues, now: clock.now() }));
}

/** The longest pause is shorter than the time after which another process looks for free lanes. */
const noteAgain = { firstMs: 50, longestMs: 250 } as const;

/**
 * The store may refuse writes just then. Nobody else knows that the message was accepted, so the lane stays held, and
 * with it one of the endpoint's attempts, until that is noted.
 */
async function untilNoted({ mayContinue }: Delivery, note: () => Promise<Taken>): Promise<Taken> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await note();
    } catch (error) {
      const mayPass = error instanceof CallError && error.code === 'unavailable';
      if (!mayPass || !mayContinue()) throw error;
    }
    await wait(exponentialMs(noteAgain, failures));
  }
}

async function attemptTo({ sender, clock, metrics }: DeliverContext, { endpoint, message }: Attempt) {
  const { id, body } = message;
  const secrets = signingSecrets(endpoint, clock.now());
  const outcome = await sender.send({ id, body, url: endpoint.url, secrets });
  metrics.webhookSent(outcome.accepted ? 'accepted' : outcome.failure);
  return outcome;
}

interface Failed extends Attempt {
  readonly lane: Lane;
  readonly holder: string;
  readonly continues: boolean;
  readonly outcome: {
    readonly failure: SendFailure;
    readonly status?: number;
    readonly retryAfterMs?: number;
  };
}

const gone = 410;
const nothing: Taken = { state: 'nothing' };

async function failed(context: DeliverContext, attempt: Failed): Promise<Taken> {
  const { mailbox, wakeUps, waitsMs, random, clock, log } = context;
  const { lane, holder, message, attempts, outcome, continues } = attempt;
  const { failure, status, retryAfterMs = 0 } = outcome;
  if (status === gone) {
    await moveToDeadLetters(context, attempt);
    await disableEndpoint(context, attempt.endpoint, 'gone');
    await mailbox.release(lane, holder);
    return nothing;
  }
  const waitMs = waitAfter(attempts, waitsMs, random());
  if (waitMs === undefined) {
    await moveToDeadLetters(context, attempt);
    if (continues) return mailbox.take(lane, { holder, now: clock.now() });
    const left = await mailbox.release(lane, holder);
    return left === 'nothing' ? nothing : { state: 'later', due: left };
  }
  log.debug('failed to deliver a webhook', { callId: lane.callId, reason: failure, count: attempts });
  const dueAt = clock.now() + Math.max(waitMs, retryAfterMs);
  const due = await mailbox.failed(lane, { seq: message.seq, attempt: attempts, dueAt, holder });
  if (due !== 'nothing') await wakeUps.wake(lane, { ...due, urgent: isUrgent(message) });
  return nothing;
}

async function moveToDeadLetters({ mailbox, clock, metrics, log }: DeliverContext, attempt: Failed): Promise<void> {
  const { lane, holder, message, attempts, outcome } = attempt;
  const { failure, status } = outcome;
  const end = status === undefined ? {} : { status };
  await mailbox.moveToDeadLetters(lane, { message, attempts, failure, ...end, diedAt: clock.now() }, holder);
  metrics.webhookDied();
  log.warn('a webhook is a dead letter: all attempts failed', {
    callId: lane.callId,
    reason: failure,
    count: attempts,
  });
}
