/** Notices that packets stopped coming, long before ICE does: a device that changed its network must move at once. */
import * as z from 'zod';
import type { StatsSource } from './connectionQuality.ts';

/** RTCTransportStats: every packet counts, also of RTCP and STUN (webrtc-stats §8.15). */
const transport = z.object({ type: z.literal('transport'), packetsReceived: z.number() });

const lookEveryMs = 100;
/** Speech alone makes fifty packets a second. */
const stillAfterMs = 400;
const firstPictureMs = 1_000;
/** Without such a pause between them: fewer are no stream that could be missed. */
const livelyPackets = 3;

export interface StillnessOptions {
  readonly transport: StatsSource;
  /** Nothing comes any more where there was a stream. Told once, and again only after there was one again. */
  readonly still: () => void;
  readonly now?: () => number;
}

export class StillnessWatch {
  readonly #options: StillnessOptions;
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #packets = 0;
  #lastAt = 0;
  #streak = 0;
  #lively = false;

  constructor(options: StillnessOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Media is due from now on. Looking costs the processor time that the first picture needs, so it begins after it. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => void this.#look(), lookEveryMs);
    }, firstPictureMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Nothing comes, or nothing ever did. */
  get isStill(): boolean {
    return !this.#lively;
  }

  async #look(): Promise<void> {
    const report = await this.#options.transport.getStats().catch(() => undefined);
    // Closed meanwhile: whoever closed it stops this too.
    if (report !== undefined) this.seen(packetsIn(report));
  }

  /** So many packets have come in all. */
  seen(packets: number): void {
    const now = this.#now();
    if (packets !== this.#packets) {
      const more = packets - this.#packets;
      this.#streak = now - this.#lastAt < stillAfterMs ? this.#streak + more : more;
      if (this.#streak >= livelyPackets) this.#lively = true;
      this.#packets = packets;
      this.#lastAt = now;
    } else if (this.#lively && now - this.#lastAt >= stillAfterMs) {
      this.#lively = false;
      this.#options.still();
    }
  }
}

function packetsIn(report: RTCStatsReport): number {
  let packets = 0;
  report.forEach((entry: unknown) => {
    packets += transport.safeParse(entry).data?.packetsReceived ?? 0;
  });
  return packets;
}
