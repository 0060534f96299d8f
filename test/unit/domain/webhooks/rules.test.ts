/** What is told, how it is signed over time, and how long it is tried. */
import { expect, test } from '@jest/globals';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import type { CallEvent } from '../../../../src/domain/call/events.ts';
import {
  disabled,
  enabled,
  longestWait,
  messagesOf,
  rotated,
  signingSecrets,
  receivesSince,
  waitAfter,
} from '../../../../src/domain/webhooks/webhook.ts';
import type { WebhookEndpoint } from '../../../../src/domain/webhooks/webhook.ts';
import { changed, createCommand } from '../../../support/calls.ts';

test('call.ringing names the callees of the caller, however late it is delivered', () => {
  const later: readonly CallCommand[] = [
    { name: 'answer', userId: 'bob', deviceId: 'bob-phone' },
    { name: 'decline', userId: 'carol' },
    { name: 'invite', userId: 'bob', invitees: ['carol', 'dave'] },
    { name: 'decline', userId: 'dave' },
  ];
  let { call, events } = changed(decide(undefined, createCommand(['bob', 'carol']), 1_000));
  const [atOnce] = messagesOf(call, { events, due: events });
  for (const command of later) {
    const next = changed(decide(call, command, 2_000));
    call = next.call;
    events = [...events, ...next.events];
  }
  const all = messagesOf(call, { events, due: events });
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

test('a replaced secret keeps signing for its time, and only a few do so at once', () => {
  const endpoint: WebhookEndpoint = {
    id: 'hook_0123456789012345678901',
    url: 'https://app.example/',
    createdAt: 0,
    secrets: [{ secret: 'one' }],
  };
  const once = rotated(endpoint, { secret: 'two' }, { now: 100, overlapMs: 50 });
  expect(signingSecrets(once, 149)).toEqual(['two', 'one']);
  expect(signingSecrets(once, 150)).toEqual(['two']);
  const twice = rotated(once, { secret: 'three' }, { now: 120, overlapMs: 50 });
  expect(signingSecrets(twice, 149)).toEqual(['three', 'two', 'one']);
  expect(signingSecrets(twice, 169)).toEqual(['three', 'two']);
  let often = twice;
  for (let time = 0; time < 10; time += 1)
    often = rotated(often, { secret: `more ${time}` }, { now: 121, overlapMs: 50 });
  expect(signingSecrets(often, 122)).toHaveLength(4);
  expect(rotated(often, { secret: 'last' }, { now: 1_000, overlapMs: 50 }).secrets.map(({ secret }) => secret)).toEqual(
    ['last', 'more 9'],
  );
});

test('each attempt has its wait, up to a fifth longer, and there is a last one', () => {
  const waits = [5_000, 30_000];
  expect([waitAfter(1, waits, 0), waitAfter(1, waits, 1), waitAfter(2, waits, 0.5)]).toEqual([5_000, 6_000, 33_000]);
  expect(waitAfter(3, waits, 0)).toBeUndefined();
  expect(waitAfter(1, [], 0)).toBeUndefined();
});

test('an endpoint gets events from its creation, or from when it was last enabled', () => {
  const endpoint: WebhookEndpoint = {
    id: 'hook_0123456789012345678901',
    url: 'https://app.example/',
    createdAt: 50,
    secrets: [{ secret: 'one' }],
  };
  expect(receivesSince(endpoint)).toBe(50);
  const gone = disabled(endpoint, 'gone', 70);
  expect(gone).toEqual({ ...endpoint, disabled: { reason: 'gone', since: 70 } });
  const again = enabled(gone, 90);
  expect(again).toStrictEqual({ ...endpoint, enabledAt: 90 });
  expect(receivesSince(again)).toBe(90);
  expect(receivesSince({ ...endpoint, enabledAt: 10 })).toBe(50);
});

test('a message waits for a silent endpoint as long as all its attempts would take', () => {
  expect([longestWait([]), longestWait([5_000]), longestWait([5_000, 30_000])]).toEqual([0, 5_000, 35_000]);
});

test('a secret is dropped exactly at the end of its time', () => {
  const endpoint: WebhookEndpoint = {
    id: 'hook_0123456789012345678901',
    url: 'https://app.example/',
    createdAt: 0,
    secrets: [{ secret: 'two' }, { secret: 'one', signsUntil: 100 }],
  };
  const secretsAt = (now: number) =>
    rotated(endpoint, { secret: 'new' }, { now, overlapMs: 50 }).secrets.map((one) => one.secret);
  expect([secretsAt(99), secretsAt(100)]).toEqual([
    ['new', 'two', 'one'],
    ['new', 'two'],
  ]);
});

test('only call.ringing names the callees', () => {
  const ringing = changed(decide(undefined, createCommand(), 1_000));
  const { call, events } = changed(decide(ringing.call, { name: 'answer', userId: 'bob', deviceId: 'b' }, 1_500));
  const [message] = messagesOf(call, { events: [...ringing.events, ...events], due: events });
  expect(JSON.parse(message?.body ?? '')).toEqual({
    type: 'call.answered',
    timestamp: '1970-01-01T00:00:01.500Z',
    data: { callId: call.id, seq: 2, media: 'video', userId: 'bob' },
  });
});
