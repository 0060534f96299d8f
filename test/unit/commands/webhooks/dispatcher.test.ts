/** One process's deliveries to several endpoints: what one of them does harms no other. */
import { afterEach, expect, test } from '@jest/globals';
import {
  MemoryWakeUps,
  MemoryWebhookEndpoints,
  MemoryWebhookMailbox,
} from '../../../../src/adapters/memory/memoryWebhooks.ts';
import type { CallId, WebhookEndpointId } from '../../../../src/domain/kernel/ids.ts';
import type { WebhookMessage } from '../../../../src/domain/webhooks/webhook.ts';
import { isUrgent } from '../../../../src/domain/webhooks/fairness.ts';
import { AcceptedHere } from '../../../../src/commands/webhooks/acceptedHere.ts';
import { deliverWebhook } from '../../../../src/commands/webhooks/deliverWebhook.ts';
import { enableEndpoint } from '../../../../src/commands/webhooks/disableEndpoint.ts';
import type { SendOutcome } from '../../../../src/ports/webhooks/webhooks.ts';
import { WebhookDispatcher } from '../../../../src/commands/webhooks/webhookDispatcher.ts';
import { waitFor } from '../../../support/waitFor.ts';

const quiet = () => undefined;
const yes: SendOutcome = { accepted: true, status: 200 };
const tooSlow: SendOutcome = { accepted: false, failure: 'too_slow' };
const idOf = (kind: string, index: number) => `${kind}${String(index).padStart(22, '0')}`;
const endpointId = (index: number): WebhookEndpointId => `hook_${idOf('', index)}`;
const callIdOf = (index: number): CallId => `call_${idOf('', index)}`;
const [first, second] = [endpointId(1), endpointId(2)];

const running: WebhookDispatcher[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop(0)));
});

interface StageOptions {
  readonly send: (url: string, id: string) => Promise<SendOutcome>;
  readonly firstProbeMs?: number;
  readonly adoptAfterMs?: number;
  readonly waitsMs?: readonly number[];
  readonly maxLanes?: number;
}

async function stageOf({ send, ...options }: StageOptions) {
  const { firstProbeMs = 600_000, adoptAfterMs = 600_000, waitsMs = [600_000], maxLanes = 100_000 } = options;
  const clock = { now: () => Date.now() };
  const [endpoints, mailbox] = [new MemoryWebhookEndpoints(), new MemoryWebhookMailbox({ clock })];
  for (const id of [first, second]) {
    await endpoints.add({ id, url: `https://${id}/`, createdAt: 0, secrets: [{ secret: 'whsec_AAAA' }] }, 16);
  }
  const sent: string[] = [];
  const said: string[] = [];
  const say = (line: string) => {
    said.push(line);
  };
  const log = { debug: quiet, info: say, warn: say, error: say };
  const counts = { silent: 0, disabled: 0 };
  const context = {
    endpoints,
    mailbox,
    clock,
    log,
    waitsMs,
    wakeUps: new MemoryWakeUps({ clock }),
    random: () => 0,
    acceptedHere: new AcceptedHere(),
    metrics: { webhookSent: quiet, webhookDied: quiet },
    sender: {
      send: ({ url, id }: { url: string; id: string }) => {
        sent.push(`${url} ${id}`);
        return send(url, id);
      },
    },
  };
  const dispatcher = new WebhookDispatcher({
    endpoints,
    lanes: mailbox,
    clock,
    log,
    waitsMs,
    adoptAfterMs,
    maxLanes,
    holder: 'one',
    lookEveryMs: 5,
    deliver: (delivery) => deliverWebhook(context, delivery),
    limits: { inAll: 256, perEndpoint: 32 },
    breaker: { failures: 5, firstProbeMs, slowestProbeMs: 600_000 },
    metrics: { refused: quiet, webhookDied: quiet, webhookEndpoints: (count) => Object.assign(counts, count) },
  });
  dispatcher.start();
  running.push(dispatcher);
  const owe = async (to: WebhookEndpointId, index: number, type: WebhookMessage['type'] = 'call.ended') => {
    const callId = callIdOf(index);
    const message = { id: `${callId}_1`, callId, seq: 1, type, body: '{}' } as const;
    await mailbox.append({ endpointId: to, callId }, [message], 0);
    return { lane: { endpointId: to, callId }, urgent: isUrgent(message) };
  };
  const owed = (to: WebhookEndpointId, count: number, from = 0) =>
    Promise.all(Array.from({ length: count }, (_, index) => owe(to, from + index)));
  const sentTo = (id: WebhookEndpointId) => sent.filter((one) => one.includes(id)).length;
  return { dispatcher, endpoints, mailbox, clock, owe, owed, sent, sentTo, said, counts };
}

test('an endpoint that never answers gets only its share, and every message of another is delivered', async () => {
  let giveUp: (outcome: SendOutcome) => void = quiet;
  const never = new Promise<SendOutcome>((resolve) => (giveUp = resolve));
  const stage = await stageOf({ send: (url) => (url.includes(first) ? never : Promise.resolve(yes)) });
  for (const one of await stage.owed(first, 500)) stage.dispatcher.offer(one);
  for (const one of await stage.owed(second, 320, 1_000)) stage.dispatcher.offer(one);
  await waitFor('the other endpoint’s messages', () => stage.sentTo(second) === 320);
  const atOnce = stage.sentTo(first);
  expect(atOnce).toBeLessThanOrEqual(32);
  // A call that rings has room where others have filled theirs.
  stage.dispatcher.offer(await stage.owe(first, 900, 'call.ringing'));
  await waitFor('the ring', () => stage.sent.at(-1)?.includes(callIdOf(900)) ?? false);

  giveUp(tooSlow);
  await waitFor('the breaker', () => stage.counts.silent === 1);
  await waitFor('what was under way', () => stage.said.length > 0);
  for (const one of await stage.owed(second, 50, 2_000)) stage.dispatcher.offer(one);
  for (const one of await stage.owed(first, 50, 3_000)) stage.dispatcher.offer(one);
  await waitFor('the other’s', () => stage.sentTo(second) === 370);
  expect(stage.sentTo(first)).toBe(atOnce + 1);
  expect(stage.said).toEqual([expect.stringContaining('does not answer')]);
});

test('an endpoint that answers again gets everything that waited, even more than memory holds', async () => {
  let isDown = true;
  const stage = await stageOf({
    send: () => Promise.resolve(isDown ? tooSlow : yes),
    firstProbeMs: 1,
    // The last wait is long: an endpoint that is silent for all of them is given up.
    waitsMs: [...Array<number>(50).fill(1), 600_000],
    adoptAfterMs: 0,
  });
  for (const one of await stage.owed(first, 1_500)) stage.dispatcher.offer(one);
  await waitFor('the breaker', () => stage.counts.silent === 1);
  isDown = false;
  const left = () => stage.mailbox.waiting(first, { dueAt: Infinity, ringsSince: 0, max: 10 });
  await waitFor('all of it', async () => (await left()).length === 0);
  expect(stage.said.at(-1)).toContain('answers again');
});

test('if too many calls wait for an endpoint, those waiting longest are given up', async () => {
  const stage = await stageOf({ send: () => new Promise<SendOutcome>(quiet), maxLanes: 3 });
  const owed = await stage.owed(first, 5);
  const letters = async () => (await stage.mailbox.list(first, { after: 0, max: 10 })).letters;
  await waitFor('the letters', async () => (await letters()).length === 2);
  const given = (await letters()).map(({ message }) => message.callId);
  expect(given).toEqual(owed.slice(0, 2).map(({ lane }) => lane.callId));
  expect(await stage.mailbox.waiting(first, { dueAt: Infinity, ringsSince: 0, max: 10 })).toHaveLength(3);
});

test('lanes that nobody offers are found, for example when their process died', async () => {
  const stage = await stageOf({ send: () => Promise.resolve(yes), adoptAfterMs: 0 });
  await stage.owed(first, 300);
  await waitFor('all', () => stage.sentTo(first) === 300);
});

test('410 disables an endpoint: nothing more is sent, waiting messages become dead letters, and the app can enable it', async () => {
  let isGone = true;
  const stage = await stageOf({
    send: () => Promise.resolve(isGone ? { accepted: false, failure: 'status', status: 410 } : yes),
  });
  const [one] = await stage.owed(first, 100);
  if (one) stage.dispatcher.offer(one);
  const letters = async () => (await stage.mailbox.list(first, { after: 0, max: 200 })).letters;
  await waitFor('the letters', async () => (await letters()).length === 100);
  expect(stage.sentTo(first)).toBe(1);
  const shown = await stage.endpoints.get(first);
  expect(shown?.disabled).toEqual({ reason: 'gone', since: expect.any(Number) });
  expect(stage.said.filter((line) => line.includes('was disabled'))).toHaveLength(1);
  expect((await letters()).map(({ status }) => status)).toEqual(Array(100).fill(410));
  isGone = false;
  const enabled = await enableEndpoint({ ...stage, lanes: stage.mailbox }, first);
  expect(enabled.disabled).toBeUndefined();
  stage.dispatcher.offer(await stage.owe(first, 500));
  await waitFor('the next', () => stage.sentTo(first) === 2);
});

test('Retry-After stops all messages of the endpoint, and of no other', async () => {
  const later: SendOutcome = { accepted: false, failure: 'status', status: 429, retryAfterMs: 600_000 };
  const stage = await stageOf({ send: (url) => Promise.resolve(url.includes(first) ? later : yes) });
  const [one, ...rest] = await stage.owed(first, 100);
  if (one) stage.dispatcher.offer(one);
  await waitFor('the answer', async () => {
    const due = await stage.mailbox.waiting(first, { dueAt: Date.now(), ringsSince: 0, max: 200 });
    return due.length === 99;
  });
  for (const other of rest) stage.dispatcher.offer(other);
  for (const other of await stage.owed(second, 100, 1_000)) stage.dispatcher.offer(other);
  await waitFor('the other’s', () => stage.sentTo(second) === 100);
  expect(stage.sentTo(first)).toBe(1);
});
