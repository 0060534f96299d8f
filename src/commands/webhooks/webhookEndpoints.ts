/** The app's webhook endpoints, and their dead letters. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, WebhookEndpointId } from '../../domain/kernel/ids.ts';
import { maxWebhookEndpoints, rotated, signingSecrets } from '../../domain/webhooks/webhook.ts';
import type { DeadLetter, WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { IdSource } from '../../ports/system/idSource.ts';
import type { Log } from '../../ports/system/log.ts';
import type {
  DeadLetters,
  EndpointLanes,
  SendOutcome,
  WebhookEndpoints,
  WebhookSender,
  WebhookWakeUps,
} from '../../ports/webhooks/webhooks.ts';
import { disableEndpoint } from './disableEndpoint.ts';

export interface WebhookContext {
  readonly endpoints: WebhookEndpoints;
  readonly lanes: Pick<EndpointLanes, 'clear'>;
  readonly deadLetters: DeadLetters;
  readonly wakeUps: WebhookWakeUps;
  readonly sender: WebhookSender;
  readonly ids: Pick<IdSource, 'webhookEndpointId' | 'webhookSecret'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly secretOverlapMs: number;
}

/** Two changes at once come from two people at their keyboards. */
const attempts = 5;

/** `making`: the id. A process that died may have created it already. */
export async function createEndpoint(
  context: WebhookContext,
  url: string,
  making?: { readonly id: WebhookEndpointId; readonly again: boolean },
): Promise<WebhookEndpoint> {
  const { endpoints, sender, ids, clock } = context;
  const made = making?.again === true ? await endpoints.get(making.id) : undefined;
  if (made !== undefined) return made;
  if (!sender.maySendTo(url)) throw new CallError('webhook_url_refused');
  const secrets = [{ secret: ids.webhookSecret() }];
  const endpoint = { id: making?.id ?? ids.webhookEndpointId(), url, createdAt: clock.now(), secrets };
  if ((await endpoints.add(endpoint, maxWebhookEndpoints)) === 'full') throw new CallError('too_many_webhooks');
  return endpoint;
}

/** Together with its waiting messages. A running delivery drops its own message. */
export async function removeEndpoint(context: WebhookContext, id: WebhookEndpointId): Promise<void> {
  const { endpoints, lanes, deadLetters } = context;
  if (!(await endpoints.remove(id))) throw new CallError('webhook_not_found');
  await deadLetters.forget(id);
  while ((await lanes.clear(id, {})) > 0);
}

/** `making`: the keyed request. A process that died may have done it already. */
export async function rotateSecret(
  context: WebhookContext,
  id: WebhookEndpointId,
  making?: { readonly id: string; readonly again: boolean },
): Promise<WebhookEndpoint> {
  const { endpoints, ids, clock, secretOverlapMs } = context;
  const secret = { secret: ids.webhookSecret(), ...(making === undefined ? {} : { madeBy: making.id }) };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await endpointOf(context, id);
    if (making !== undefined && before.secrets.some(({ madeBy }) => madeBy === making.id)) return before;
    const after = rotated(before, secret, { now: clock.now(), overlapMs: secretOverlapMs });
    if ((await endpoints.replace(before, after)) === 'saved') return after;
  }
  throw new CallError('unavailable');
}

const gone = 410;

/** Returns the result at once; it is not retried. */
export async function pingEndpoint(context: WebhookContext, id: WebhookEndpointId): Promise<SendOutcome> {
  const { sender, clock, ids } = context;
  const endpoint = await enabledEndpointOf(context, id);
  const now = clock.now();
  const body = JSON.stringify({ type: 'webhook.ping', timestamp: new Date(now).toISOString(), data: {} });
  const message = { id: `ping_${ids.webhookEndpointId()}`, body };
  const outcome = await sender.send({ ...message, url: endpoint.url, secrets: signingSecrets(endpoint, now) });
  if (outcome.status === gone) await disableEndpoint(context, endpoint, 'gone');
  return outcome;
}

export async function listDeadLetters(
  context: WebhookContext,
  id: WebhookEndpointId,
  page: { readonly after: number; readonly max: number },
) {
  await endpointOf(context, id);
  return context.deadLetters.list(id, page);
}

export async function replayDeadLetter(
  context: WebhookContext,
  id: WebhookEndpointId,
  messageId: string,
): Promise<void> {
  await enabledEndpointOf(context, id);
  const letter = await context.deadLetters.get(id, messageId);
  if (letter === undefined) throw new CallError('dead_letter_not_found');
  await revive(context, id, [letter]);
}

const lettersAtOnce = 100;
/** The maximum of one request. */
const maxReplayed = 1_000;

/** Oldest first. Returns how many were replayed, and whether to ask again for the rest. */
export async function replayDeadLetters(context: WebhookContext, id: WebhookEndpointId) {
  await enabledEndpointOf(context, id);
  const began = context.clock.now();
  let [replayed, after] = [0, 0];
  while (replayed < maxReplayed) {
    const { letters, next } = await context.deadLetters.list(id, { after, max: lettersAtOnce });
    // Letters that died meanwhile have just been tried.
    replayed += await revive(
      context,
      id,
      letters.filter(({ diedAt }) => diedAt <= began),
    );
    if (next === undefined) return { replayed, more: false };
    after = next;
  }
  return { replayed, more: true };
}

async function revive(
  { deadLetters, wakeUps, clock }: WebhookContext,
  endpointId: WebhookEndpointId,
  letters: readonly DeadLetter[],
): Promise<number> {
  const byCall = new Map<CallId, DeadLetter[]>();
  for (const letter of letters) {
    byCall.set(letter.message.callId, [...(byCall.get(letter.message.callId) ?? []), letter]);
  }
  const counts = await Promise.all(
    [...byCall].map(async ([callId, ofCall]) => {
      const lane = { endpointId, callId };
      const first = { seq: Math.min(...ofCall.map(({ message }) => message.seq)), attempt: 0 };
      const count = await deadLetters.revive(
        lane,
        ofCall.map(({ message }) => message.id),
      );
      // After an interruption before this line, a process that looks for waiting lanes finds the lane.
      await wakeUps.wake(lane, { ...first, dueAt: clock.now(), urgent: false });
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

export async function endpointOf({ endpoints }: WebhookContext, id: WebhookEndpointId): Promise<WebhookEndpoint> {
  const endpoint = await endpoints.get(id);
  if (endpoint === undefined) throw new CallError('webhook_not_found');
  return endpoint;
}

async function enabledEndpointOf(context: WebhookContext, id: WebhookEndpointId): Promise<WebhookEndpoint> {
  const endpoint = await endpointOf(context, id);
  if (endpoint.disabled !== undefined) throw new CallError('webhook_disabled');
  return endpoint;
}
