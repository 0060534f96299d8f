/** From single calls to the figures of a run. */
import type { CallRow } from './result.ts';
import type { Figures, MediaFigures } from './figures.ts';
import { estimatedMos } from './mos.ts';
import { partTable } from './parts.ts';
import { percentilesOf, Times } from './percentiles.ts';
import type { StreamTally } from './stream.ts';

/** A call that began later than that was not begun as planned: it counts as late. */
export const lateAfterMs = 50;

export function figuresOf(rows: readonly CallRow[], media: MediaFigures | null): Figures {
  const having = (outcome: CallRow['outcome']) => rows.filter((row) => row.outcome === outcome);
  const failed = having('failed');
  return {
    attempted: rows.length,
    ok: having('ok').length,
    failed: failed.length,
    late: rows.filter(({ lateMs, outcome }) => outcome !== 'dropped' && lateMs > lateAfterMs).length,
    dropped: having('dropped').length,
    failures: byCause(failed),
    parts: partsOf(rows),
    media,
  };
}

function byCause(failed: readonly CallRow[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { cause = 'unknown' } of failed) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));
}

function partsOf(rows: readonly CallRow[]): Figures['parts'] {
  return partTable((name) => percentilesOf(rows.flatMap(({ parts }) => parts[name] ?? [])));
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
