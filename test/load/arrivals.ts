/**
 * What arrives at groups of receivers of the same tracks: how much is missing, and when each frame was there. Headers are
 * enough, so that it does not matter whether somebody has decrypted the packets.
 *
 * What is judged is the same part of each track at all receivers, told by RTP timestamps, which pass a server unchanged.
 * A receiver is due as many packets of it as the longest run of sequence numbers that any receiver had (RFC 3550): one
 * whose stream stopped, or never came, misses the rest, or all.
 */
import type { RtpHeader } from '../../src/load/media/rtp.ts';

/** One track as one receiver gets it. */
export interface ExpectedStream {
  readonly ssrc: number;
  /** The same for everybody who receives it. */
  readonly trackId: string;
  readonly kind: 'audio' | 'video';
}
/** One receiver's view of itself. */
export interface Observer {
  expect(streams: readonly ExpectedStream[]): void;
  /** `at`: milliseconds, by the same clock for all. Other streams than those expected, such as probes for bandwidth, do not count. */
  take(header: RtpHeader, at: number): void;
}
export interface Tally {
  readonly received: number;
  readonly expected: number;
  /** Receivers to whom something came of every stream that they expect. */
  readonly whole: number;
}

interface Track {
  /** RTP timestamps: the newest that anybody has, and those between which packets count. */
  newest: number | undefined;
  after: number | undefined;
  until: number | undefined;
  /** By group of receivers; of sound only. */
  readonly times: Map<string, Times>;
}
/** By RTP timestamp: when the frame came, at each receiver of a group. */
type Times = Map<number, number[]>;
interface Stream {
  readonly track: Track;
  readonly times: Times | undefined;
  first: number;
  last: number;
  received: number;
}

export class Arrivals {
  readonly #tracks = new Map<string, Track>();
  readonly #receivers: Map<number, Stream>[] = [];

  observer(group: string): Observer {
    const streams = new Map<number, Stream>();
    this.#receivers.push(streams);
    return {
      expect: (expected) => {
        for (const one of expected) streams.set(one.ssrc, this.#open(group, one));
      },
      take: (header, at) => {
        const stream = streams.get(header.ssrc);
        if (stream !== undefined) count(stream, header, at);
      },
    };
  }

  /** From the frames on that nobody has yet. */
  begin(): void {
    for (const track of this.#tracks.values()) {
      [track.after, track.until] = [track.newest, undefined];
      for (const times of track.times.values()) times.clear();
    }
    for (const stream of this.#streams()) stream.received = 0;
  }

  /** With the newest frames that anybody has; what others still wait for counts when it comes. */
  end(): void {
    for (const track of this.#tracks.values()) track.until = track.newest;
  }

  tally(): Tally {
    const streams = this.#streams();
    const due = new Map<Track, number>();
    for (const stream of streams) due.set(stream.track, Math.max(due.get(stream.track) ?? 0, spanOf(stream)));
    return {
      received: streams.reduce((sum, { received }) => sum + received, 0),
      expected: streams.reduce((sum, { track }) => sum + (due.get(track) ?? 0), 0),
      whole: this.#receivers.filter(isWhole).length,
    };
  }

  /** How long the only sound took to each receiver; `sent` says when, by RTP timestamp. Undefined when none came. */
  since(sent: ReadonlyMap<number, number>): { p50: number; p95: number } | undefined {
    const groups = [...this.#tracks.values()].flatMap(({ times }) => [...times.values()]);
    const ways = groups.flatMap((times) =>
      [...times].flatMap(([timestamp, arrived]) => {
        const at = sent.get(timestamp);
        return at === undefined ? [] : arrived.map((one) => one - at);
      }),
    );
    return percentilesOf(ways);
  }

  /** How much later the same sound was in one group than in the other, at the middle receiver of each; undefined when none was in both. */
  laterIn(group: string, than: string): { p50: number; p95: number } | undefined {
    const differences = [...this.#tracks.values()].flatMap(({ times: groups }) =>
      [...(groups.get(group) ?? [])].flatMap(([timestamp, times]) => {
        const others = groups.get(than)?.get(timestamp);
        return others === undefined ? [] : [middle(times) - middle(others)];
      }),
    );
    return percentilesOf(differences);
  }

  #open(group: string, { trackId, kind }: ExpectedStream): Stream {
    const fresh = { newest: undefined, after: undefined, until: undefined, times: new Map<string, Times>() };
    const track: Track = this.#tracks.get(trackId) ?? fresh;
    this.#tracks.set(trackId, track);
    if (kind === 'video') return { track, times: undefined, first: 0, last: 0, received: 0 };
    const times = track.times.get(group) ?? new Map<number, number[]>();
    track.times.set(group, times);
    return { track, times, first: 0, last: 0, received: 0 };
  }

  #streams(): readonly Stream[] {
    return this.#receivers.flatMap((streams) => [...streams.values()]);
  }
}

function isWhole(streams: ReadonlyMap<number, Stream>): boolean {
  return streams.size > 0 && [...streams.values()].every(({ received }) => received > 0);
}

function count(stream: Stream, { sequence, timestamp }: RtpHeader, at: number): void {
  const { track, times } = stream;
  if (track.newest === undefined || isAfter(timestamp, track.newest)) track.newest = timestamp;
  if (track.after === undefined || !isAfter(timestamp, track.after)) return;
  if (track.until !== undefined && isAfter(timestamp, track.until)) return;
  if (stream.received === 0) [stream.first, stream.last] = [sequence, sequence];
  else if (isBefore(sequence, stream.first)) stream.first = sequence;
  else if (isBefore(stream.last, sequence)) stream.last = sequence;
  stream.received += 1;
  if (times === undefined) return;
  const same = times.get(timestamp);
  if (same === undefined) times.set(timestamp, [at]);
  else same.push(at);
}

function spanOf({ first, last, received }: Stream): number {
  return received === 0 ? 0 : ((last - first) & 0xffff) + 1;
}

/** RTP timestamps begin anew at 2^32, sequence numbers at 2^16. */
function isAfter(timestamp: number, other: number): boolean {
  return ((timestamp - other) | 0) > 0;
}
function isBefore(sequence: number, other: number): boolean {
  return sequence !== other && ((other - sequence) & 0xffff) < 0x8000;
}

function percentilesOf(values: readonly number[]): { p50: number; p95: number } | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
  return sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95) };
}

function middle(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}
