/** One run at one rate. */
import { expect, test } from '@jest/globals';
import { scenario } from '../../../../src/load/plan/scenario.ts';
import { playRound } from '../../../../src/load/run/round.ts';
import type { RoundOptions } from '../../../../src/load/run/round.ts';
import { fakeParty } from './fakeParty.ts';

const planned = { index: 0, course: 'answered', isWarmUp: false } as const;
function options(more: Partial<RoundOptions>): RoundOptions {
  return {
    scenario: scenario.parse({ name: 'one', about: '', rate: 1, seconds: 60, ringMs: 0, talkMs: 0 }),
    calls: [{ ...planned, dueMs: 0 }],
    crowd: { take: fakeParty, giveBack: () => undefined },
    people: { enoughForMs: 1_000, areTooFew: false },
    watched: new Map(),
    stop: new AbortController().signal,
    begun: () => undefined,
    progress: () => undefined,
    ...more,
  };
}

test('a round makes every call and counts it', async () => {
  const { figures, rows } = await playRound(options({}));
  expect(figures).toMatchObject({ attempted: 1, ok: 1, failures: {} });
  expect(rows).toHaveLength(1);
});

test('a round that is stopped waits neither for calls that are due nor for calls under way', async () => {
  const stop = new AbortController();
  const party = fakeParty();
  let fail: (error: Error) => void = () => undefined;
  party.caller.calling = () => {
    stop.abort();
    return new Promise((_, reject) => (fail = reject));
  };
  const crowd = { take: () => party, giveBack: () => undefined };
  await expect(playRound(options({ crowd, stop: stop.signal }))).rejects.toThrow('stopped');
  fail(new Error('the user is erased'));
  const due = [0, 50_000].map((dueMs, index) => ({ ...planned, index, dueMs }));
  await expect(playRound(options({ crowd, stop: stop.signal, calls: due }))).rejects.toThrow();
});
