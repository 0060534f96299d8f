/** From single calls to the figures of a run. */
import type { CallRow } from './result.ts';
import type { Figures, MediaFigures } from './figures.ts';
import { estimatedMos } from './mos.ts';
import { partNames, partTable } from './parts.ts';
import { Times } from './percentiles.ts';
import type { StreamTally } from './stream.ts';

/** A call that began later than that was not begun as planned: it counts as late. */
export const lateAfterMs = 50;

/** Counts calls as they end, so that a look at the figures costs the same after an hour as after a second. */
export class CallTally {
  readonly #counts = { attempted: 0, ok: 0, failed: 0, late: 0, dropped: 0 };
  readonly #causes = new Map<string, number>();
  readonly #parts = partTable(() => new Times());

  ended({ outcome, lateMs, cause = 'unknown', parts }: CallRow): void {
    this.#counts.attempted += 1;
    this.#counts[outcome] += 1;
    if (outcome !== 'dropped' && lateMs > lateAfterMs) this.#counts.late += 1;
    if (outcome === 'failed') this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1);
    for (const name of partNames) {
      const ms = parts[name];
      if (ms !== undefined) this.#parts[name].record(ms);
    }
  }

  figures(media: MediaFigures | null): Figures {
    return {
      ...this.#counts,
      failures: Object.fromEntries([...this.#causes].sort(([, one], [, other]) => other - one)),
      parts: partTable((name) => this.#parts[name].percentiles()),
      media,
    };
  }
}

/** Of all streams of a run. */
export class MediaTally {
  readonly #latency = new Times();
  readonly #jitter = new Times();
  readonly #silence = new Times();
  #expected = 0;
  #lost = 0;
  #duplicates = 0;

  /** Of one packet. */
  onTheWay(ms: number): void {
    this.#latency.record(ms);
  }

  /** One stream, when it is over. */
  ended({ expected, lost, duplicates, jitterMs, silenceMs }: StreamTally): void {
    if (expected === 0) return;
    this.#expected += expected;
    this.#lost += lost;
    this.#duplicates += duplicates;
    this.#jitter.record(jitterMs);
    this.#silence.record(silenceMs);
  }

  /** Null when nothing was to come. */
  get figures(): MediaFigures | null {
    if (this.#expected === 0) return null;
    const lossPercent = (100 * this.#lost) / this.#expected;
    const latencyMs = this.#latency.percentiles();
    return {
      packets: this.#expected - this.#lost,
      lossPercent,
      duplicatesPercent: (100 * this.#duplicates) / this.#expected,
      latencyMs,
      jitterMs: this.#jitter.percentiles(),
      silenceMs: this.#silence.percentiles(),
      mos: latencyMs === null ? null : estimatedMos(lossPercent, latencyMs.p50),
    };
  }
}
