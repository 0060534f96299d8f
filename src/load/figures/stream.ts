/** One stream of RTP as one receiver gets it: what is missing, what came twice, how evenly, and how long nothing came. */
import type { RtpHeader } from '../media/rtp.ts';
import type { SentPackets } from './sentPackets.ts';

const sequences = 0x10000;
/** Older packets than that are not recognized as repeated: more than a second of sound. */
const remembered = 64;
/** What is longer on its way is of no use to a listener; what is younger may still come. */
const lostAfterMs = 500;

export class ReceivedStream {
  readonly #clockRate: number;
  readonly #recent = new Set<number>();
  #first = 0;
  /** The newest, counted on over the end of 16 bits. */
  #newest = -1;
  #unique = 0;
  #duplicates = 0;
  #jitterMs = 0;
  #lastTransitMs: number | undefined;
  #lastAt = 0;
  #silenceMs = 0;
  readonly #sender: () => SentPackets | undefined;
  /** What the sender has sent, and by how much its count of packets is ahead of the sequence numbers here. */
  #sent: { readonly packets: SentPackets; readonly ahead: number } | undefined;

  /** `clockRate`: timestamp units a second. `sender`: asked when the first packet comes. */
  constructor(clockRate: number, sender: () => SentPackets | undefined = () => undefined) {
    this.#clockRate = clockRate;
    this.#sender = sender;
  }

  /** `at`: milliseconds of the clock that the sender's timestamps follow. Answers the milliseconds on the way. */
  take({ sequence, timestamp }: Pick<RtpHeader, 'sequence' | 'timestamp'>, at: number): number {
    if (this.#newest < 0) this.#findSender(sequence, timestamp);
    const number = this.#extended(sequence);
    if (this.#recent.has(number)) this.#duplicates += 1;
    else {
      this.#unique += 1;
      this.#remember(number);
    }
    if (this.#lastTransitMs !== undefined) this.#silenceMs = Math.max(this.#silenceMs, at - this.#lastAt);
    this.#lastAt = at;
    const transitMs = this.#transit(timestamp, at);
    const change = Math.abs(transitMs - (this.#lastTransitMs ?? transitMs));
    this.#jitterMs += (change - this.#jitterMs) / 16;
    this.#lastTransitMs = transitMs;
    return transitMs;
  }

  /** `at`: until when the stream is looked at, of the same clock. */
  tallyAt(at: number): StreamTally {
    const expected = this.#newest < 0 ? 0 : this.#lastDue(at) - this.#first + 1;
    const silenceMs = this.#newest < 0 ? 0 : Math.max(this.#silenceMs, at - this.#lastAt);
    return {
      expected,
      lost: Math.max(0, expected - this.#unique),
      duplicates: this.#duplicates,
      jitterMs: this.#jitterMs,
      silenceMs,
    };
  }

  #findSender(sequence: number, timestamp: number): void {
    const packets = this.#sender();
    const index = packets?.indexOf(timestamp);
    if (packets !== undefined && index !== undefined) this.#sent = { packets, ahead: index - sequence };
  }

  /** The newest that has come, or that should have. */
  #lastDue(at: number): number {
    const { packets, ahead } = this.#sent ?? {};
    const sent = packets?.lastBy(at - lostAfterMs);
    return sent === undefined || ahead === undefined ? this.#newest : Math.max(this.#newest, sent - ahead);
  }

  #extended(sequence: number): number {
    if (this.#newest < 0) {
      this.#first = sequence;
      this.#newest = sequence;
      return sequence;
    }
    const ahead = ((sequence - (this.#newest % sequences) + 1.5 * sequences) % sequences) - sequences / 2;
    const number = this.#newest + ahead;
    this.#newest = Math.max(this.#newest, number);
    // Overtaken by the packet that came first.
    this.#first = Math.min(this.#first, number);
    return number;
  }

  #remember(number: number): void {
    this.#recent.add(number);
    if (this.#recent.size <= remembered) return;
    const [oldest = number] = this.#recent;
    this.#recent.delete(oldest);
  }

  /** Timestamps have 32 bits and are those of the moment of sending. */
  #transit(timestamp: number, at: number): number {
    const units = ((at * this.#clockRate) / 1_000 - timestamp) % 2 ** 32;
    const signed = units > 2 ** 31 ? units - 2 ** 32 : units < -(2 ** 31) ? units + 2 ** 32 : units;
    return (signed * 1_000) / this.#clockRate;
  }
}

export interface StreamTally {
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly jitterMs: number;
  readonly silenceMs: number;
}
