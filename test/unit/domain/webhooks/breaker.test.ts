/** An endpoint that does not answer is asked now and then, by one attempt at a time. */
import { expect, test } from '@jest/globals';
import { afterAttempt, allowedBy, closedBreaker, probing, unprobed } from '../../../../src/domain/webhooks/breaker.ts';
import type { Breaker } from '../../../../src/domain/webhooks/breaker.ts';

const rules = { failures: 3, firstProbeMs: 100, slowestProbeMs: 350 };
const failed = (breaker: Breaker, now: number, beganAt = now) =>
  afterAttempt(breaker, { answered: false, beganAt, now }, rules);
const answered = (breaker: Breaker, now: number) => afterAttempt(breaker, { answered: true, beganAt: now, now }, rules);
const openedAt = (now: number) => failed(failed(failed(closedBreaker, now), now), now);

test('opens after a number of failures in a row, and not if an answer came between', () => {
  const twice = failed(failed(closedBreaker, 1), 2);
  expect(allowedBy(twice, 2)).toBe('all');
  expect(allowedBy(failed(failed(answered(twice, 3), 4), 5), 5)).toBe('all');
  const open = failed(twice, 3);
  expect([allowedBy(open, 3), allowedBy(open, 102), allowedBy(open, 103)]).toEqual(['none', 'none', 'one']);
});

test('one probe decides: it closes the breaker, or opens it for twice as long, up to a limit', () => {
  let breaker = openedAt(0);
  let now = 0;
  for (const waitMs of [100, 200, 350, 350]) {
    expect(breaker).toMatchObject({ state: 'open', probeAt: now + waitMs });
    now += waitMs;
    expect(allowedBy(breaker, now)).toBe('one');
    breaker = probing(breaker, now);
    expect(allowedBy(breaker, now + 1_000)).toBe('none');
    breaker = failed(breaker, now);
  }
  const closed = answered(probing(breaker, now + 350), now + 351);
  expect(allowedBy(closed, now + 351)).toBe('all');
  expect(openedFor(closed, now + 400)).toBe(100);
});

const openedFor = (breaker: Breaker, now: number): number => {
  const open = failed(failed(failed(breaker, now), now), now);
  return open.state === 'open' ? open.probeAt - now : Number.NaN;
};

test('failures of attempts that began before a change of state are ignored', () => {
  const open = openedAt(10);
  expect(failed(open, 20, 5)).toEqual(open);
  const closed = answered(probing(open, 200), 210);
  expect(failed(failed(failed(closed, 220, 5), 220, 5), 220, 5)).toEqual(closed);
});

test('a probe without a result may be repeated at once', () => {
  const breaker = unprobed(probing(openedAt(0), 100), 120);
  expect(allowedBy(breaker, 120)).toBe('one');
  expect(unprobed(closedBreaker, 120)).toBe(closedBreaker);
});

test('an ordinary success changes no state: failures of attempts from before it still count', () => {
  const closed = answered(closedBreaker, 10);
  expect(closed).toEqual(closedBreaker);
  expect(failed(failed(failed(closed, 20, 5), 20, 5), 20, 5)).toMatchObject({ state: 'open', openings: 1 });
});

test('while open, further failures change nothing, and only an open breaker is probed', () => {
  const open = openedAt(10);
  expect(failed(open, 30, 20)).toEqual(open);
  expect(probing(closedBreaker, 30)).toBe(closedBreaker);
  const underWay = probing(open, 200);
  expect(probing(underWay, 300)).toBe(underWay);
});

test('however often it opens, the next probe comes within the limit', () => {
  let breaker = openedAt(0);
  for (let opening = 0; opening < 2_000; opening += 1) breaker = failed(probing(breaker, 0), 0);
  expect(breaker).toMatchObject({ state: 'open', probeAt: 350 });
});
