/** Turns a saved transition into messages for the app's backend: its events, appended to the lane of every endpoint. */
import type { Call } from '../../domain/call/call.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import { messagesOf, receivesSince } from '../../domain/webhooks/webhook.ts';
import type { WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import { isUrgent } from '../../domain/webhooks/fairness.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Due, Lane, WebhookMailbox } from '../../ports/webhooks/webhooks.ts';

export interface EnqueueContext {
  readonly mailbox: Pick<WebhookMailbox, 'append'>;
  readonly calls: Pick<CallStore, 'eventsAfter'>;
}
export interface EventsToSend {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}
/** A lane with a next message. */
export interface Ready {
  readonly lane: Lane;
  readonly due: Due;
  readonly urgent: boolean;
}

/** Safe to repeat, in any order, and for several processes at once. Returns what can be delivered. */
export async function enqueueWebhooks(
  context: EnqueueContext,
  endpoints: readonly WebhookEndpoint[],
  change: EventsToSend,
): Promise<readonly Ready[]> {
  if (change.events.length === 0) return [];
  const enabled = endpoints.filter((endpoint) => endpoint.disabled === undefined);
  const ready = await Promise.all(enabled.map((endpoint) => enqueueFor(context, endpoint, change)));
  return ready.filter((one) => one !== undefined);
}

async function enqueueFor(
  context: EnqueueContext,
  endpoint: WebhookEndpoint,
  change: EventsToSend,
): Promise<Ready | undefined> {
  const { mailbox } = context;
  const { call, events } = change;
  const lane = { endpointId: endpoint.id, callId: call.id };
  const begins = events[0]?.seq === 1;
  let messages = messagesOf(call, { events, due: events });
  let due = await mailbox.append(lane, messages, begins ? 0 : undefined);
  if (due === 'unknown') {
    const { after, missed } = await beginning(context, endpoint, change);
    messages = missed;
    due = await mailbox.append(lane, missed, after);
  }
  if (due === 'nothing' || due === 'unknown') return undefined;
  return { lane, due, urgent: messages.some(isUrgent) };
}

/**
 * The endpoint was added during the call, or the call's first transition is still on its way, or the process that
 * carried it out did not know the endpoint yet. The events since the endpoint was added are appended as well, so that
 * none is lost. For a call that is no longer stored there is this transition only.
 */
async function beginning({ calls }: EnqueueContext, endpoint: WebhookEndpoint, { call, events }: EventsToSend) {
  const first = events[0]?.seq ?? 1;
  const stored = (await calls.eventsAfter(call.id, 0)).filter(({ seq }) => seq < first);
  const from = stored.find(({ at }) => at >= receivesSince(endpoint))?.seq ?? first;
  const all = [...stored, ...events];
  return { after: from - 1, missed: messagesOf(call, { events: all, due: all.filter(({ seq }) => seq >= from) }) };
}
