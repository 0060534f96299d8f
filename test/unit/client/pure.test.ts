import { backoffMs } from '../../../src/client/connection/backoff.ts';
import { ConnectionMeter } from '../../../src/client/ice/connectionQuality.ts';
import { endingOf } from '../../../src/client/calls/ending.ts';
import { callView } from '../../../src/protocol/shared/calls.ts';
import type { CallView } from '../../../src/protocol/shared/calls.ts';
import { endReasons } from '../../../src/domain/call/call.ts';
import { bitrateWords, durationWords, endingWords, initials, namesWords } from '../../../src/web/words.ts';

describe('the wait before the next attempt', () => {
  test('starts near zero, grows, has a limit, and is spread over its upper half', () => {
    expect([0, 1, 2, 3, 10].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 250, 500, 1000, 5000]);
    expect([0, 1, 2, 3, 10].map((attempt) => backoffMs(attempt, () => 0))).toEqual([0, 125, 250, 500, 2500]);
  });
});

function view(change: Partial<CallView>): CallView {
  const participants = [
    { userId: 'alice', role: 'host' as const, state: 'joined' as const },
    { userId: 'bob', role: 'member' as const, state: 'invited' as const },
  ];
  const base = {
    id: `call_${'a'.repeat(22)}`,
    caller: 'alice',
    media: 'video',
    visibility: 'private',
    createdAt: 1,
    lastEvent: 1,
  };
  return callView.parse({ ...base, phase: 'ringing', participants, ...change });
}
const bobIs = (state: 'joined' | 'gone', reason?: 'declined' | 'left' | 'missed') => ({
  phase: 'active' as const,
  participants: [
    { userId: 'alice', role: 'host' as const, state: 'joined' as const },
    { userId: 'bob', role: 'member' as const, state, ...(reason ? { reason } : {}) },
  ],
});

describe('when a call has ended for this device', () => {
  test('not while it rings, nor when this device answered', () => {
    expect(endingOf(view({}), 'bob', false)).toBeUndefined();
    expect(endingOf(view({ ...bobIs('joined'), answeredHere: true }), 'bob', false)).toBeUndefined();
    expect(endingOf(view(bobIs('joined')), 'bob', true)).toBeUndefined();
  });

  test('when another device answered, even if the server does not say which', () => {
    expect(endingOf(view({ ...bobIs('joined'), answeredHere: false }), 'bob', true)).toBe('answered_elsewhere');
    expect(endingOf(view(bobIs('joined')), 'bob', false)).toBe('answered_elsewhere');
  });

  test('when this user has left, though the others continue', () => {
    expect(endingOf(view(bobIs('gone', 'declined')), 'bob', false)).toBe('declined');
    expect(endingOf(view(bobIs('gone', 'left')), 'bob', true)).toBe('left');
  });

  test.each(endReasons)('with the reason of the call: %s', (reason) => {
    expect(endingOf(view({ phase: 'ended', reason }), 'alice', true)).toBe(reason);
  });
});

describe('connection quality', () => {
  const stats = (bytes: number, lost: number) => [
    { type: 'inbound-rtp' as const, id: 'v', bytesReceived: bytes, packetsReceived: 100, packetsLost: lost },
    { type: 'candidate-pair' as const, nominated: true, currentRoundTripTime: 0.05 },
  ];
  const track = (id: string) => ({
    type: 'inbound-rtp' as const,
    id,
    trackIdentifier: id,
    bytesReceived: 0,
    packetsLost: 0,
  });

  test('covers the time since the last report', () => {
    const meter = new ConnectionMeter();
    expect(meter.report(stats(1_000, 0), { connected: true, atMs: 0 })).toMatchObject({
      receivingBitsPerSecond: 0,
      grade: 'good',
      roundTripMs: 50,
    });
    expect(meter.report(stats(126_000, 0), { connected: true, atMs: 1_000 })).toMatchObject({
      receivingBitsPerSecond: 1_000_000,
    });
  });

  test('is poor with high packet loss, and lost without transports', () => {
    const meter = new ConnectionMeter();
    meter.report(stats(0, 0), { connected: true, atMs: 0 });
    expect(meter.report(stats(0, 50), { connected: true, atMs: 1_000 })).toMatchObject({
      grade: 'poor',
      receiveLossPercent: 100,
    });
    expect(meter.report(stats(0, 50), { connected: false, atMs: 2_000 }).grade).toBe('lost');
  });

  test.each([
    ['a moving picture', 30, 50, false],
    ['a frozen picture', 0, 50, true],
    ['a slide show', 3, 50, true],
    ['a camera in the dark', 10, 50, false],
    ['a microphone without packets', 30, 0, true],
  ])('is poor when an expected track delivers nothing: %s', (_what, frames, packets, standsStill) => {
    const meter = new ConnectionMeter();
    const expected = (['video', 'audio'] as const).map((kind) => ({ kind, track: { id: kind } }));
    const seen = (times: number) => [
      ...stats(0, 0),
      { ...track('video'), packetsReceived: 1, framesDecoded: frames * times },
      { ...track('audio'), packetsReceived: packets * times },
    ];
    // What has just begun to be expected may still be on its way.
    const first = meter.report(seen(0), { connected: true, expected, atMs: 0 });
    expect(first).toMatchObject({ standsStill: false, grade: 'good' });
    const grade = standsStill ? 'poor' : 'good';
    expect(meter.report(seen(1), { connected: true, expected, atMs: 2_000 })).toMatchObject({ standsStill, grade });
    // Muted, on hold, or a screen.
    expect(meter.report(seen(1), { connected: true, atMs: 4_000 })).toMatchObject({ grade: 'good' });
  });
});

describe('texts', () => {
  test.each(endReasons)('every ending has a sentence on both sides: %s', (ending) => {
    for (const direction of ['incoming', 'outgoing'] as const) {
      expect(endingWords({ ending, direction, others: 'Bob' })).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('durations, bit rates and names are formatted', () => {
    expect([durationWords(7_000), durationWords(247_999), durationWords(3_847_000)]).toEqual([
      '0:07',
      '4:07',
      '1:04:07',
    ]);
    expect([bitrateWords(1_440_000), bitrateWords(81_000)]).toEqual(['1.4 Mbit/s', '81 kbit/s']);
    expect(namesWords(['Ann', 'Bob', 'Cy'])).toBe('Ann, Bob and Cy');
    expect([initials('Alice'), initials('Bob de Boer'), initials('')]).toEqual(['A', 'BB', '?']);
  });
});
