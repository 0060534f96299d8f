/** Who is sent to next: nobody uses another's share, and calls that ring go first. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WebhookEndpointId } from '../../../../src/domain/kernel/ids.ts';
import { maxWebhookEndpoints } from '../../../../src/domain/webhooks/webhook.ts';
import { isUrgent, nextToSend, shareOf } from '../../../../src/domain/webhooks/fairness.ts';
import type { EndpointLoad } from '../../../../src/domain/webhooks/fairness.ts';

const idOf = (index: number): WebhookEndpointId => `hook_${String(index).padStart(22, '0')}`;
const idle = (index: number): EndpointLoad => ({
  id: idOf(index),
  urgent: 0,
  waiting: 0,
  atWork: 0,
  notUrgentAtWork: 0,
  allowed: 'all',
});
const limits = { inAll: 256, perEndpoint: 32 };

test('however many endpoints never answer, the others get their share', () => {
  for (let dead = 0; dead < maxWebhookEndpoints; dead += 1) {
    const share = shareOf(dead + 1, limits);
    expect(share * (dead + 1)).toBeLessThanOrEqual(limits.inAll);
    const full = { waiting: 500, atWork: share, notUrgentAtWork: share };
    const loads = [
      ...Array.from({ length: dead }, (_, index) => ({ ...idle(index), ...full })),
      { ...idle(dead), waiting: 1 },
    ];
    expect(nextToSend(loads, undefined, limits)).toEqual({ id: idOf(dead), urgent: false });
  }
  expect([shareOf(1, limits), shareOf(16, limits), shareOf(1_000, limits)]).toEqual([32, 16, 1]);
});

test('endpoints take turns', () => {
  const loads = [0, 1, 2].map((index) => ({ ...idle(index), waiting: 9 }));
  const turns: (WebhookEndpointId | undefined)[] = [];
  for (let turn = 0; turn < 6; turn += 1) turns.push(nextToSend(loads, turns.at(-1), limits)?.id);
  expect(turns).toEqual([0, 1, 2, 0, 1, 2].map(idOf));
});

test('ringing calls go before others, and have room when others have filled theirs', () => {
  const both = { ...idle(0), urgent: 1, waiting: 5 };
  expect(nextToSend([both], undefined, limits)).toEqual({ id: idOf(0), urgent: true });
  const others = { ...idle(0), waiting: 5, atWork: 24, notUrgentAtWork: 24 };
  expect(nextToSend([others], undefined, limits)).toBeUndefined();
  expect(nextToSend([{ ...others, urgent: 1 }], undefined, limits)).toEqual({ id: idOf(0), urgent: true });
  expect(nextToSend([{ ...others, urgent: 1, atWork: 32 }], undefined, limits)).toBeUndefined();
  expect(isUrgent({ type: 'call.invited' }) && isUrgent({ type: 'call.ringing' })).toBe(true);
  expect(isUrgent({ type: 'call.ended' })).toBe(false);
});

test('a breaker lets one attempt through, or none', () => {
  const waits = { ...idle(0), waiting: 5 };
  expect(nextToSend([{ ...waits, allowed: 'none' }], undefined, limits)).toBeUndefined();
  expect(nextToSend([{ ...waits, allowed: 'one' }], undefined, limits)).toEqual({ id: idOf(0), urgent: false });
  expect(nextToSend([{ ...waits, allowed: 'one', atWork: 1 }], undefined, limits)).toBeUndefined();
});

test('everything that may start does start, and no endpoint exceeds its share', () => {
  const load = fc.record({ urgent: fc.nat(3), waiting: fc.nat(40), allowed: fc.constantFrom('all', 'one', 'none') });
  fc.assert(
    fc.property(fc.array(load, { minLength: 1, maxLength: 16 }), fc.integer({ min: 1, max: 64 }), (given, inAll) => {
      const tight = { inAll, perEndpoint: 8 };
      const share = shareOf(given.length, tight);
      let loads: EndpointLoad[] = given.map((one, index) => ({ ...idle(index), ...one }));
      let last: WebhookEndpointId | undefined;
      for (let next = nextToSend(loads, last, tight); next; next = nextToSend(loads, last, tight)) {
        const { id, urgent } = next;
        last = id;
        loads = loads.map((one) =>
          one.id === id
            ? {
                ...one,
                urgent: one.urgent - Number(urgent),
                waiting: one.waiting - Number(!urgent),
                atWork: one.atWork + 1,
                notUrgentAtWork: one.notUrgentAtWork + Number(!urgent),
              }
            : one,
        );
      }
      for (const { urgent, waiting, atWork, allowed } of loads) {
        const most = { all: share, one: 1, none: 0 }[allowed];
        expect(atWork).toBeLessThanOrEqual(most);
        expect(Math.min(urgent, most - atWork)).toBe(0);
        expect(urgent + waiting === 0 || most === 0 || atWork > 0).toBe(true);
      }
    }),
  );
});

test('without endpoints the first one gets a share, and with too many each gets one attempt', () => {
  expect([shareOf(0, limits), shareOf(256, limits), shareOf(257, limits)]).toEqual([32, 1, 1]);
  expect(shareOf(0, { inAll: 8, perEndpoint: 32 })).toBe(8);
});

test.each([
  [32, 24],
  [8, 6],
  [6, 5],
  [4, 3],
  [2, 1],
])('of a share of %p, other calls get %p', (share, others) => {
  const busy = (notUrgentAtWork: number) => ({ ...idle(0), waiting: 9, atWork: notUrgentAtWork, notUrgentAtWork });
  const tight = { inAll: share, perEndpoint: share };
  expect(nextToSend([busy(others - 1)], undefined, tight)).toEqual({ id: idOf(0), urgent: false });
  expect(nextToSend([busy(others)], undefined, tight)).toBeUndefined();
});

test('if nothing waits, nothing is sent', () => {
  expect(nextToSend([], undefined, limits)).toBeUndefined();
  expect(nextToSend([idle(0), { ...idle(1), waiting: 1 }], undefined, limits)).toEqual({ id: idOf(1), urgent: false });
  expect(nextToSend([idle(0)], undefined, limits)).toBeUndefined();
});
