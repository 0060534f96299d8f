/** The summary that other programs read from the end of the output. */
import type { Percentiles } from '../figures/percentiles.ts';
import type { LoadResult } from '../figures/result.ts';

export function lastLine(result: LoadResult): Record<string, unknown> {
  const { scenario, attempted, ok, failed, late, dropped, parts, media, limit, isMeasurement, sustained } = result;
  return {
    scenario: scenario.name,
    attempted,
    ok,
    failed,
    late,
    dropped,
    setupMs: short(parts.setup),
    answerToRtpMs: short(parts.answerToRtp),
    lossPercent: media?.lossPercent ?? null,
    limit,
    isMeasurement,
    ...(sustained === undefined ? {} : { sustained }),
    thresholds: { failed: result.thresholds.filter(({ met }) => !met).length },
  };
}

function short(times: Percentiles | null): Pick<Percentiles, 'p50' | 'p95' | 'p99'> | null {
  if (times === null) return null;
  const { p50, p95, p99 } = times;
  return { p50, p95, p99 };
}
