/** Ringing cannot be used to harass: attempts have a budget, and calls in vain make the next one wait. */
import { expect, test } from '@jest/globals';
import {
  answeredBy,
  attempted,
  ledgerLifeMs,
  notRung,
  rung,
  withoutAttempt,
} from '../../../../src/domain/people/ringLedger.ts';
import type { RingLedger, Ringing } from '../../../../src/domain/people/ringLedger.ts';

const limits = { attempts: 3, windowMs: 1_000, waitsMs: [0, 0, 60, 300] };
const fresh: RingLedger = { windowBeganAt: 0, attempts: 0, inVain: [] };

function granted(ringing: Ringing): RingLedger {
  if (!ringing.granted) throw new Error(`refused for ${ringing.retryAfterMs} ms`);
  return ringing.ledger;
}

test('a window allows a number of attempts; then the caller waits for the rest of it', () => {
  let ledger = granted(attempted(undefined, limits, 100));
  ledger = granted(attempted(ledger, limits, 200));
  ledger = granted(attempted(ledger, limits, 300));
  expect(attempted(ledger, limits, 400)).toEqual({ granted: false, retryAfterMs: 700 });
  expect(granted(attempted(ledger, limits, 1_100))).toMatchObject({ windowBeganAt: 1_100, attempts: 1 });
});

test('the wait grows with each unanswered call to the same user, and only for that user', () => {
  let ledger = granted(rung(fresh, ['bob'], { limits, now: 0 }));
  ledger = granted(rung(ledger, ['bob'], { limits, now: 1 }));
  expect(rung(ledger, ['bob'], { limits, now: 21 })).toEqual({ granted: false, retryAfterMs: 40 });
  expect(rung(ledger, ['carol'], { limits, now: 21 }).granted).toBe(true);
  expect(rung(ledger, ['carol', 'bob'], { limits, now: 21 })).toEqual({ granted: false, retryAfterMs: 40 });
  ledger = granted(rung(ledger, ['bob'], { limits, now: 61 }));
  expect(rung(ledger, ['bob'], { limits, now: 62 })).toEqual({ granted: false, retryAfterMs: 299 });
  ledger = granted(rung(ledger, ['bob'], { limits, now: 361 }));
  expect(rung(ledger, ['bob'], { limits, now: 362 })).toEqual({ granted: false, retryAfterMs: 299 });
});

test('an answer clears the count, and so does a day without a call', () => {
  let ledger = fresh;
  for (const now of [0, 1, 61]) ledger = granted(rung(ledger, ['bob'], { limits, now }));
  expect(rung(answeredBy(ledger, 'bob'), ['bob'], { limits, now: 62 }).granted).toBe(true);
  expect(granted(attempted(ledger, limits, 61 + ledgerLifeMs)).inVain).toEqual([]);
  expect(granted(attempted(ledger, limits, 60 + ledgerLifeMs)).inVain).toHaveLength(1);
});

test('a ledger stays small, whoever is rung', () => {
  const many = Array.from({ length: 600 }, (_, index) => `user-${index}`);
  const { inVain } = granted(rung(fresh, many, { limits, now: 0 }));
  expect(inVain).toHaveLength(500);
  expect(inVain.at(-1)?.userId).toBe('user-599');
});

test('a ring that did not happen is taken back exactly, without touching rings of other devices', () => {
  const before = granted(rung(fresh, ['bob'], { limits, now: 0 }));
  const after = granted(rung(before, ['bob', 'carol'], { limits, now: 5 }));
  const charge = { userIds: ['bob', 'carol'], at: 5, inVain: before.inVain };
  expect(notRung(after, charge).inVain).toEqual(before.inVain);
  const another = granted(rung(after, ['dan', 'carol'], { limits, now: 9 }));
  expect(notRung(another, charge).inVain).toEqual([
    { userId: 'bob', times: 1, lastAt: 0 },
    { userId: 'dan', times: 1, lastAt: 9 },
    { userId: 'carol', times: 1, lastAt: 9 },
  ]);
  expect(notRung(fresh, charge)).toEqual(fresh);
  expect(withoutAttempt({ ...fresh, attempts: 2 }).attempts).toBe(1);
  expect(withoutAttempt(fresh).attempts).toBe(0);
});

const bobTwice = { userId: 'bob', times: 2, lastAt: 5 };

test('a wait ends at its last millisecond, and without configured waits nobody waits', () => {
  const ledger: RingLedger = { ...fresh, inVain: [bobTwice] };
  expect(rung(ledger, ['bob'], { limits, now: 64 })).toEqual({ granted: false, retryAfterMs: 1 });
  expect(rung(ledger, ['bob'], { limits, now: 65 }).granted).toBe(true);
  expect(rung(ledger, ['bob'], { limits: { ...limits, waitsMs: [] }, now: 5 }).granted).toBe(true);
});

test('a user who is rung again is stored once, as the newest', () => {
  const carol = { userId: 'carol', times: 1, lastAt: 6 };
  const { inVain } = granted(rung({ ...fresh, inVain: [bobTwice, carol] }, ['bob'], { limits, now: 90 }));
  expect(inVain).toStrictEqual([carol, { userId: 'bob', times: 3, lastAt: 90 }]);
});

test('unanswered rings are remembered for a day', () => {
  const day = 86_400_000;
  const ledger: RingLedger = { ...fresh, inVain: [bobTwice] };
  expect(granted(attempted(ledger, limits, 5 + day - 1)).inVain).toStrictEqual([bobTwice]);
  expect(granted(attempted(ledger, limits, 5 + day)).inVain).toStrictEqual([]);
});

test('of two rings at the same instant only one is taken back', () => {
  const twice = granted(rung(granted(rung(fresh, ['bob'], { limits, now: 5 })), ['bob'], { limits, now: 5 }));
  const charge = { userIds: ['bob'], at: 5, inVain: [] };
  expect(notRung(twice, charge).inVain).toStrictEqual([{ userId: 'bob', times: 1, lastAt: 5 }]);
});

test('a later ring stays the newest when an earlier one is taken back', () => {
  const charge = { userIds: ['bob'], at: 5, inVain: [{ userId: 'bob', times: 1, lastAt: 0 }] };
  const rungAgain: RingLedger = { ...fresh, inVain: [{ userId: 'bob', times: 2, lastAt: 10 }] };
  expect(notRung(rungAgain, charge).inVain).toStrictEqual([{ userId: 'bob', times: 1, lastAt: 10 }]);
  const forgivenSince: RingLedger = { ...fresh, inVain: [{ userId: 'bob', times: 1, lastAt: 10 }] };
  expect(notRung(forgivenSince, charge).inVain).toStrictEqual([]);
});

test('taking back the first ring to a user leaves nothing', () => {
  const ledger = granted(rung(fresh, ['bob', 'carol'], { limits, now: 5 }));
  const charge = { userIds: ['bob'], at: 5, inVain: [] };
  expect(notRung(ledger, charge).inVain).toStrictEqual([{ userId: 'carol', times: 1, lastAt: 5 }]);
});
