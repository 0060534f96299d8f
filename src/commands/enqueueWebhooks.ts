/** A saved transition as messages for the app's backend: its facts, appended to the lane of every endpoint. */
import type { Call } from '../call/call.ts';
import type { CallEvent } from '../call/events.ts';
import { messagesOf } from '../call/webhook.ts';
import type { WebhookEndpoint } from '../call/webhook.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { WebhookEndpoints, WebhookMailbox, WebhookWakeUps } from '../ports/webhooks.ts';

export interface EnqueueContext {
  readonly endpoints: Pick<WebhookEndpoints, 'list'>;
  readonly mailbox: Pick<WebhookMailbox, 'append'>;
  readonly wakeUps: Pick<WebhookWakeUps, 'wake'>;
  readonly calls: Pick<CallStore, 'eventsAfter'>;
}
export interface Told {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}

/** Safe to repeat, in any order, and by several at once. */
export async function enqueueWebhooks(context: EnqueueContext, told: Told): Promise<void> {
  if (told.events.length === 0) return;
  const endpoints = await context.endpoints.list();
  await Promise.all(endpoints.map((endpoint) => enqueueFor(context, endpoint, told)));
}

async function enqueueFor(context: EnqueueContext, endpoint: WebhookEndpoint, told: Told): Promise<void> {
  const { mailbox, wakeUps } = context;
  const { call, events } = told;
  const lane = { endpointId: endpoint.id, callId: call.id };
  const begins = events[0]?.seq === 1;
  const messages = messagesOf(call, { events, told: events });
  let due = await mailbox.append(lane, messages, begins ? 0 : undefined);
  if (due === 'unknown') {
    const { after, missed } = await beginning(context, endpoint, told);
    due = await mailbox.append(lane, missed, after);
  }
  if (due !== 'nothing' && due !== 'unknown') await wakeUps.wake(lane, due);
}

/**
 * The endpoint came in the middle of the call, or the call's first transition is still on its way, or whoever carried that
 * out did not know the endpoint yet. What the endpoint has missed since it was made is appended along, so that nobody waits
 * for it. Of a call that is forgotten already there is this transition only.
 */
async function beginning({ calls }: EnqueueContext, endpoint: WebhookEndpoint, { call, events }: Told) {
  const first = events[0]?.seq ?? 1;
  const stored = (await calls.eventsAfter(call.id, 0)).filter(({ seq }) => seq < first);
  const from = stored.find(({ at }) => at >= endpoint.createdAt)?.seq ?? first;
  const all = [...stored, ...events];
  return { after: from - 1, missed: messagesOf(call, { events: all, told: all.filter(({ seq }) => seq >= from) }) };
}
