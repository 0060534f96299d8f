/** What is told, how it is signed over time, and how long it is tried. */
import { expect, test } from '@jest/globals';
import type { CallCommand } from '../../../src/call/commands.ts';
import { decide } from '../../../src/call/decide.ts';
import type { CallEvent } from '../../../src/call/events.ts';
import { messagesOf, rotated, signingSecrets, waitAfter } from '../../../src/call/webhook.ts';
import type { WebhookEndpoint } from '../../../src/call/webhook.ts';
import { changed, createCommand } from '../../support/calls.ts';

test('the first callees are those whom the caller called, however late that is told', () => {
  const later: readonly CallCommand[] = [
    { name: 'answer', userId: 'bob', deviceId: 'bob-phone' },
    { name: 'decline', userId: 'carol' },
    { name: 'invite', userId: 'bob', invitees: ['carol', 'dave'] },
    { name: 'decline', userId: 'dave' },
  ];
  let { call, events } = changed(decide(undefined, createCommand(['bob', 'carol']), 1_000));
  const [atOnce] = messagesOf(call, { events, told: events });
  for (const command of later) {
    const next = changed(decide(call, command, 2_000));
    call = next.call;
    events = [...events, ...next.events];
  }
  const all = messagesOf(call, { events, told: events });
  expect(all[0]).toEqual(atOnce);
  expect(JSON.parse(all[0]?.body ?? '')).toEqual({
    type: 'call.ringing',
    timestamp: '1970-01-01T00:00:01.000Z',
    data: { callId: call.id, seq: 1, media: 'video', userId: 'alice', callees: ['bob', 'carol'] },
  });
  const invited = events.findIndex((event: CallEvent) => event.type === 'call.invited' && event.userId === 'dave');
  expect(JSON.parse(all[invited]?.body ?? '')).toMatchObject({ data: { userId: 'dave', by: 'bob' } });
  expect(all.map(({ id }) => id)).toEqual(events.map(({ seq }) => `${call.id}_${seq}`));
  expect(JSON.stringify(all)).not.toContain('phone');
});

test('a secret that was replaced signs along for its time, and few do so at once', () => {
  const endpoint: WebhookEndpoint = {
    ...{ id: 'hook_0123456789012345678901', url: 'https://app.example/', createdAt: 0 },
    secrets: [{ secret: 'one' }],
  };
  const once = rotated(endpoint, 'two', { now: 100, overlapMs: 50 });
  expect(signingSecrets(once, 149)).toEqual(['two', 'one']);
  expect(signingSecrets(once, 150)).toEqual(['two']);
  const twice = rotated(once, 'three', { now: 120, overlapMs: 50 });
  expect(signingSecrets(twice, 149)).toEqual(['three', 'two', 'one']);
  expect(signingSecrets(twice, 169)).toEqual(['three', 'two']);
  let often = twice;
  for (let time = 0; time < 10; time += 1) often = rotated(often, `more ${time}`, { now: 121, overlapMs: 50 });
  expect(signingSecrets(often, 122)).toHaveLength(4);
  expect(rotated(often, 'last', { now: 1_000, overlapMs: 50 }).secrets.map(({ secret }) => secret)).toEqual([
    'last',
    'more 9',
  ]);
});

test('each attempt has its wait, up to a fifth longer, and there is a last one', () => {
  const waits = [5_000, 30_000];
  expect([waitAfter(1, waits, 0), waitAfter(1, waits, 1), waitAfter(2, waits, 0.5)]).toEqual([5_000, 6_000, 33_000]);
  expect(waitAfter(3, waits, 0)).toBeUndefined();
  expect(waitAfter(1, [], 0)).toBeUndefined();
});
