/** A torture that cannot fail is worth nothing: each thing that it measures is planted, and must be told. */
import { expect, test } from '@jest/globals';
import { leastTried, loopLimitMs, lateLimitMs, outcomeOf } from '../../torture/judge/outcome.ts';
import type { Measured } from '../../torture/judge/outcome.ts';

const tried = { cuts: 2_000, herds: 10, badCredentials: 700, deadReceiverMessages: 500, listed: 30 };
const good: Measured = {
  calls: 30,
  crashes: [],
  loopBlockedMs: 12.4,
  openHandlesLeft: 0,
  webhooksOfOthersP99Ms: 300,
  tried,
  found: [],
};
const least = { calls: leastTried.calls, scale: 1 };
const rulesOf = (changes: Partial<Measured>) =>
  outcomeOf({ ...good, ...changes }, least).violations.map(({ rule, what }) => `${rule}: ${what}`);

test('has the required shape, and no violation if all went well', () => {
  expect(outcomeOf(good, least)).toEqual({
    calls: 30,
    lost: 0,
    ghosts: 0,
    crashes: 0,
    loopBlockedMs: { max: 12 },
    openHandlesLeft: 0,
    late: { webhooksOfOthersMs: { p99: 300 } },
    tried,
    violations: [],
  });
});

test.each<[string, Partial<Measured>, string]>([
  ['a crash', { crashes: ['node1 ended with 1'] }, 'crash: node1 ended with 1'],
  ['a loop that stood still', { loopBlockedMs: loopLimitMs + 1 }, 'loop blocked: 51 ms of CPU time in one turn'],
  ['a handle that is left', { openHandlesLeft: 3 }, 'handle left: 3 are open after everything is closed'],
  ['late webhooks', { webhooksOfOthersP99Ms: lateLimitMs + 1 }, 'webhook late: 2001 ms (p99) beside a dead receiver'],
  ['what others found', { found: [{ rule: 'ghost', what: 'alice' }] }, 'ghost: alice'],
  ['too few calls', { calls: 19 }, 'too little tried: calls: 19 of 20'],
  ['too few cuts', { tried: { ...tried, cuts: 1_999 } }, 'too little tried: cuts: 1999 of 2000'],
  ['too few herds', { tried: { ...tried, herds: 9 } }, 'too little tried: herds: 9 of 10'],
  [
    'too little owed to a dead receiver',
    { tried: { ...tried, deadReceiverMessages: 499 } },
    'too little tried: deadReceiverMessages: 499 of 500',
  ],
  ['no bad credential', { tried: { ...tried, badCredentials: 0 } }, 'too little tried: badCredentials: 0 of 1'],
  ['no list', { tried: { ...tried, listed: 0 } }, 'too little tried: listed: 0 of 1'],
])('reports %s', (_, changes, violation) => {
  expect(rulesOf(changes)).toEqual([violation]);
});

test('counts ghosts and lost calls, and requires less of a short run', () => {
  const found = [
    { rule: 'ghost', what: 'alice' },
    { rule: 'ghost', what: 'bob' },
    { rule: 'call lost', what: 'call_one' },
  ] as const;
  expect(outcomeOf({ ...good, found }, least)).toMatchObject({ lost: 1, ghosts: 2 });
  const short = { ...good, calls: 4, tried: { ...tried, cuts: 200, herds: 1, deadReceiverMessages: 50 } };
  expect(outcomeOf(short, { calls: 4, scale: 0.1 }).violations).toEqual([]);
});
