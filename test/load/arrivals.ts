/** What arrives at a group of receivers: how much is missing, and when each frame was there. */
import { readRtp } from '../support/participant/rtp.ts';

/** Probes for bandwidth, which are no media. */
const probationSsrc = 1234;

interface Stream {
  first: number;
  last: number;
  received: number;
}

export class Arrivals {
  readonly #receivers: Map<number, Stream>[] = [];
  /** By RTP timestamp of the sound: when it was at each receiver. */
  readonly #at = new Map<number, number[]>();
  #counting = false;

  begin(): void {
    this.#counting = true;
  }

  end(): void {
    this.#counting = false;
  }

  observer(): (packet: Buffer) => void {
    const streams = new Map<number, Stream>();
    this.#receivers.push(streams);
    return (packet) => {
      if (this.#counting) this.#count(streams, packet);
    };
  }

  get received(): number {
    return this.#sum(({ received }) => received);
  }

  /** From the first sequence number that came to the last; one that sent nothing to a receiver expects nothing there. */
  get expected(): number {
    return this.#sum(({ first, last }) => ((last - first) & 0xffff) + 1);
  }

  /** How much later the same sound was here, at the middle receiver of each group. */
  laterThan(others: Arrivals): { p50: number; p95: number } {
    const differences = [...this.#at].flatMap(([timestamp, times]) => {
      const theirs = others.#at.get(timestamp);
      return theirs === undefined ? [] : [middle(times) - middle(theirs)];
    });
    const sorted = differences.sort((a, b) => a - b);
    if (sorted.length === 0) throw new Error('no frame was at both');
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
    return { p50: at(0.5), p95: at(0.95) };
  }

  #sum(of: (stream: Stream) => number): number {
    return this.#receivers.reduce(
      (sum, streams) => [...streams.values()].reduce((more, stream) => more + of(stream), sum),
      0,
    );
  }

  #count(streams: Map<number, Stream>, packet: Buffer): void {
    const rtp = readRtp(packet);
    if (rtp === undefined || rtp.ssrc === probationSsrc) return;
    const sequence = packet.readUInt16BE(2);
    const stream = streams.get(rtp.ssrc);
    if (stream === undefined) streams.set(rtp.ssrc, { first: sequence, last: sequence, received: 1 });
    else {
      stream.received += 1;
      if (((sequence - stream.last) & 0xffff) < 0x8000) stream.last = sequence;
    }
    if (rtp.payload.length > soundBytes) return;
    const timestamp = packet.readUInt32BE(4);
    const times = this.#at.get(timestamp) ?? [];
    times.push(performance.now());
    this.#at.set(timestamp, times);
  }
}

/** The sound of our participants is smaller than their picture. */
const soundBytes = 100;

function middle(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}
