/** That a message was accepted could not be noted, or the note was lost: its receiver hears of it once all the same. */
import { expect, test } from '@jest/globals';
import { MemoryWakeUps, MemoryWebhookMailbox } from '../../../../src/adapters/memory/memoryWebhooks.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { WebhookMessage } from '../../../../src/domain/webhooks/webhook.ts';
import { AcceptedHere } from '../../../../src/commands/webhooks/acceptedHere.ts';
import { deliverWebhook } from '../../../../src/commands/webhooks/deliverWebhook.ts';

const quiet = () => undefined;
const lane = { endpointId: 'hook_0123456789012345678901', callId: 'call_0123456789012345678901' } as const;
const endpoint = {
  id: lane.endpointId,
  url: 'https://app.example/',
  createdAt: 0,
  secrets: [{ secret: 'whsec_AAAA' }],
};
const message = (body: string): WebhookMessage => ({
  id: `${lane.callId}_1`,
  callId: lane.callId,
  seq: 1,
  type: 'call.ringing',
  body,
});

function stage() {
  const clock = { now: () => 1_000 };
  const sent: string[] = [];
  const context = {
    clock,
    random: () => 0,
    waitsMs: [1_000],
    wakeUps: new MemoryWakeUps({ clock }),
    endpoints: { get: () => Promise.resolve(endpoint), replace: () => Promise.resolve('saved' as const) },
    sender: {
      send: ({ body }: { body: string }) => {
        sent.push(body);
        return Promise.resolve({ accepted: true, status: 200 } as const);
      },
    },
    acceptedHere: new AcceptedHere(),
    metrics: { webhookSent: quiet, webhookDied: quiet },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
  const deliver = (mailbox: MemoryWebhookMailbox, holder = 'job', mayContinue = true) =>
    deliverWebhook({ ...context, mailbox }, { lane, holder, attempted: () => true, mayContinue: () => mayContinue });
  return { sent, deliver };
}

async function mailboxWith(body: string): Promise<MemoryWebhookMailbox> {
  const mailbox = new MemoryWebhookMailbox();
  await mailbox.append(lane, [message(body)], 0);
  return mailbox;
}

test('while the mailbox takes no writes the lane is kept, and the acceptance is stored as soon as it does', async () => {
  const { sent, deliver } = stage();
  const mailbox = await mailboxWith('rings');
  const accepted = mailbox.accepted.bind(mailbox);
  let refusals = 3;
  const others: unknown[] = [];
  mailbox.accepted = async (...note) => {
    if (refusals === 0) return accepted(...note);
    refusals -= 1;
    others.push(await deliver(mailbox, 'another process'));
    throw new CallError('unavailable');
  };
  expect(await deliver(mailbox)).toBe('done');
  expect(others).toEqual(['busy', 'busy', 'busy']);
  expect(await deliver(mailbox, 'another process')).toBe('done');
  expect(sent).toEqual(['rings']);
});

test('an acceptance that cannot be stored before the process stops is not sent again', async () => {
  const { sent, deliver } = stage();
  const mailbox = await mailboxWith('rings');
  const accepted = mailbox.accepted.bind(mailbox);
  mailbox.accepted = () => Promise.reject(new CallError('unavailable'));
  await expect(deliver(mailbox, 'job', false)).rejects.toMatchObject({ code: 'unavailable' });
  mailbox.accepted = accepted;
  await deliver(mailbox);
  await deliver(mailbox);
  expect(sent).toEqual(['rings']);
});

test('a restored mailbox does not repeat an accepted message, but sends another one under the same number', async () => {
  const { sent, deliver } = stage();
  for (const body of ['rings', 'rings', 'ended']) await deliver(await mailboxWith(body));
  expect(sent).toEqual(['rings', 'ended']);
});
