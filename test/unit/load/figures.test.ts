/** What is counted of calls and of their media. */
import { describe, expect, test } from '@jest/globals';
import { estimatedMos } from '../../../src/load/figures/mos.ts';
import { Times } from '../../../src/load/figures/percentiles.ts';
import { SentPackets } from '../../../src/load/figures/sentPackets.ts';
import { ReceivedStream } from '../../../src/load/figures/stream.ts';
import { CallTally, MediaTally } from '../../../src/load/figures/tally.ts';
import { Dice } from '../../../src/load/plan/dice.ts';
import { figuresOf } from './figuresOf.ts';

test('percentiles keep three digits at any size', () => {
  const times = new Times();
  for (let ms = 1; ms <= 10_000; ms += 1) times.record(ms);
  const all = times.percentiles();
  expect(all?.count).toBe(10_000);
  for (const [name, value] of [
    ['p50', 5_000],
    ['p95', 9_500],
    ['p99', 9_900],
    ['max', 10_000],
  ] as const) {
    expect(Math.abs((all?.[name] ?? 0) / value - 1)).toBeLessThan(0.002);
  }
  expect(new Times().percentiles()).toBeNull();
});

test('a call that began late is counted beside how it went, and causes are counted', () => {
  const base = { dueMs: 0, course: 'answered', parts: {} } as const;
  const { ok, failed, late, dropped, failures } = figuresOf([
    { ...base, outcome: 'ok', lateMs: 51 },
    { ...base, outcome: 'ok', lateMs: 49 },
    { ...base, outcome: 'failed', lateMs: 0, cause: 'ring: timed_out' },
    { ...base, outcome: 'failed', lateMs: 0, cause: 'ring: timed_out' },
    { ...base, outcome: 'dropped', lateMs: 60 },
  ]);
  expect({ ok, failed, late, dropped, failures }).toEqual({
    ok: 2,
    failed: 2,
    late: 1,
    dropped: 1,
    failures: { 'ring: timed_out': 2 },
  });
});

test('calls are counted one by one, and looked at in between', () => {
  const tally = new CallTally();
  const base = { dueMs: 0, course: 'answered', outcome: 'ok', lateMs: 0 } as const;
  tally.ended({ ...base, parts: { setup: 10 } });
  expect(tally.figures(null)).toMatchObject({
    attempted: 1,
    ok: 1,
    parts: { setup: { count: 1, max: 10 }, end: null },
  });
  tally.ended({ ...base, parts: { setup: 30, end: 5 } });
  expect(tally.figures(null)).toMatchObject({
    attempted: 2,
    parts: { setup: { count: 2, min: 10 }, end: { count: 1 } },
  });
});

/** Sound that is sent each 20 ms through a line of known faults. */
function throughLine({ packets = 20_000, loss = 0, twice = 0, delayMs = 0, firstSequence = 65_000, deadForMs = 0 }) {
  const dice = new Dice(5);
  const sent = new SentPackets();
  const stream = new ReceivedStream(48_000, () => sent);
  const tally = new MediaTally();
  const lastAt = 5_000 + (packets - 1) * 20;
  for (let index = 0; index < packets; index += 1) {
    const sentAt = 5_000 + index * 20;
    const header = { sequence: (firstSequence + index) & 0xffff, timestamp: (sentAt * 48) % 2 ** 32 };
    sent.note(header.timestamp, sentAt);
    if (dice.throw() < loss || sentAt > lastAt - deadForMs) continue;
    tally.onTheWay(stream.take(header, sentAt + delayMs));
    if (dice.throw() < twice) stream.take(header, sentAt + delayMs + 1);
  }
  tally.ended(stream.tallyAt(lastAt + delayMs));
  return tally.figures;
}

describe('media of a line of known faults', () => {
  test('is whole on a good line, also past the end of the sequence numbers', () => {
    expect(throughLine({})).toMatchObject({ packets: 20_000, lossPercent: 0, duplicatesPercent: 0 });
  });
  test('loses and repeats what the line does, within 5 %', () => {
    const seen = throughLine({ loss: 0.05, twice: 0.02 });
    expect(Math.abs((seen?.lossPercent ?? 0) / 5 - 1)).toBeLessThan(0.05);
    expect(Math.abs((seen?.duplicatesPercent ?? 0) / (2 * 0.95) - 1)).toBeLessThan(0.1);
  });
  test('takes as long as the line does, and the longest silence shows', () => {
    const seen = throughLine({ delayMs: 80, loss: 0.05 });
    expect(Math.abs((seen?.latencyMs?.p50 ?? 0) / 80 - 1)).toBeLessThan(0.05);
    expect(seen?.silenceMs?.max).toBeGreaterThanOrEqual(60);
  });
  test('that stops is silence and loss, up to what may still be on its way', () => {
    const seen = throughLine({ packets: 1_000, deadForMs: 8_000 });
    expect(seen).toMatchObject({ packets: 600, silenceMs: { max: expect.closeTo(8_000, -1) } });
    // 400 have not come. Those of the last half second are not called lost.
    expect(seen?.lossPercent).toBeCloseTo((100 * 375) / 975, 1);
  });
  test('is not lost while it is on its way', () => {
    expect(throughLine({ packets: 100, deadForMs: 300 })).toMatchObject({ packets: 85, lossPercent: 0 });
  });
  test('is not lost when it is overtaken', () => {
    const stream = new ReceivedStream(48_000);
    for (const sequence of [1, 3, 2, 4, 0]) stream.take({ sequence, timestamp: 0 }, 0);
    expect(stream.tallyAt(0)).toMatchObject({ expected: 5, lost: 0, duplicates: 0 });
  });
});

test('an estimated MOS falls with loss and with delay', () => {
  expect(estimatedMos(0, 20)).toBeGreaterThan(4.2);
  expect(estimatedMos(5, 20)).toBeLessThan(estimatedMos(1, 20));
  expect(estimatedMos(0, 400)).toBeLessThan(estimatedMos(0, 100));
  expect(estimatedMos(100, 2_000)).toBe(1);
});
