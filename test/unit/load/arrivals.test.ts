import { describe, expect, test } from '@jest/globals';
import { Arrivals } from '../../load/arrivals.ts';
import type { Observer } from '../../load/arrivals.ts';
import { readRtpHeader, RtpStream } from '../../../src/load/media/rtp.ts';

const tick = 960;

/** Gives an observer the frames of one track; each receiver has sequence numbers of its own. */
function frames(observer: Observer, ssrc: number, indexes: readonly number[], { from = 0, at = 0 } = {}): void {
  for (const index of indexes) {
    const timestamp = (0xffff_f000 + index * tick) >>> 0;
    observer.take({ ssrc, sequence: (from + index) & 0xffff, timestamp }, at + index * 20);
  }
}
const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);

function listening(groups: readonly string[]) {
  const arrivals = new Arrivals();
  const observers = groups.map((group, index) => {
    const observer = arrivals.observer(group);
    observer.expect([{ ssrc: index + 1, trackId: 'voice', kind: 'audio' }]);
    return observer;
  });
  const all = (give: (observer: Observer, ssrc: number) => void) => {
    for (const [index, observer] of observers.entries()) give(observer, index + 1);
  };
  return { arrivals, all };
}

describe('arrival statistics', () => {
  test('are complete if all observers got the same frames, whatever the sequence numbers', () => {
    const { arrivals, all } = listening(['near', 'near', 'far']);
    all((observer, ssrc) => {
      frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    all((observer, ssrc) => {
      frames(observer, ssrc, upTo(100, 1), { from: 65_500 + ssrc });
    });
    expect(arrivals.tally()).toEqual({ received: 300, expected: 300, whole: 3 });
  });

  test('count what an observer missed: in the middle, at the beginning, at the end', () => {
    const { arrivals, all } = listening(['near', 'near', 'near', 'near']);
    all((observer, ssrc) => {
      frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    const lost = [[], [50, 51], [1], [99, 100]];
    all((observer, ssrc) => {
      frames(
        observer,
        ssrc,
        upTo(100, 1).filter((index) => !lost[ssrc - 1]?.includes(index)),
      );
    });
    expect(arrivals.tally()).toEqual({ received: 395, expected: 400, whole: 4 });
  });

  test('count a stream that never arrived as completely missed', () => {
    const { arrivals, all } = listening(['near', 'far']);
    all((observer, ssrc) => {
      if (ssrc === 1) frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    all((observer, ssrc) => {
      if (ssrc === 1) frames(observer, ssrc, upTo(10, 1));
    });
    expect(arrivals.tally()).toEqual({ received: 10, expected: 20, whole: 1 });
  });

  test('count the same frames for all, even if one gets them later', () => {
    const { arrivals, all } = listening(['near', 'far']);
    all((observer, ssrc) => {
      frames(observer, ssrc, upTo(ssrc === 1 ? 5 : 3));
    });
    arrivals.begin();
    all((observer, ssrc) => {
      frames(observer, ssrc, ssrc === 1 ? upTo(10, 5) : upTo(10, 3));
    });
    arrivals.end();
    all((observer, ssrc) => {
      frames(observer, ssrc, ssrc === 1 ? upTo(5, 15) : upTo(5, 13));
    });
    expect(arrivals.tally()).toEqual({ received: 20, expected: 20, whole: 2 });
  });

  test('accept packets out of order and ignore other streams', () => {
    const { arrivals, all } = listening(['near']);
    all((observer, ssrc) => {
      frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    all((observer, ssrc) => {
      frames(observer, ssrc, [2, 1, 4, 3]);
      frames(observer, 1234, upTo(7, 1));
    });
    expect(arrivals.tally()).toEqual({ received: 4, expected: 4, whole: 1 });
  });

  test('give the extra delay behind a hop, from the same frames', () => {
    const { arrivals, all } = listening(['near', 'far']);
    all((observer, ssrc) => {
      frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    all((observer, ssrc) => {
      frames(observer, ssrc, upTo(10, 1), { at: ssrc === 1 ? 0 : 3 });
    });
    expect(arrivals.laterIn('far', 'near')).toEqual({ p50: 3, p95: 3 });
    expect(arrivals.laterIn('far', 'nowhere')).toBeUndefined();
  });

  test('give the delay since sending', () => {
    const { arrivals, all } = listening(['near', 'far']);
    all((observer, ssrc) => {
      frames(observer, ssrc, [0]);
    });
    arrivals.begin();
    all((observer, ssrc) => {
      frames(observer, ssrc, upTo(10, 1), { at: ssrc === 1 ? 7 : 9 });
    });
    const sent = new Map(upTo(10, 1).map((index) => [(0xffff_f000 + index * tick) >>> 0, index * 20]));
    expect(arrivals.since(sent)).toEqual({ p50: 7, p95: 9 });
    expect(arrivals.since(new Map())).toBeUndefined();
  });
});

test('the RTP header is read with or without encryption, and RTCP is not', () => {
  const [packet] = [new RtpStream({ ssrc: 0xfedc_ba98, payloadType: 100, tick }).audio()];
  expect(readRtpHeader(packet)).toEqual({ ssrc: 0xfedc_ba98, sequence: 1, timestamp: 1000 });
  expect(readRtpHeader(packet.subarray(0, 11))).toBeUndefined();
  const senderReport = Buffer.alloc(28);
  senderReport.writeUInt16BE(0x80c8, 0);
  expect(readRtpHeader(senderReport)).toBeUndefined();
});
