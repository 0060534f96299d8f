/** prom-client's default metrics of this process, without those that are misnamed or that scrapes reset. */
import { Histogram, collectDefaultMetrics } from 'prom-client';
import type { Registry } from 'prom-client';

const prefix = 'veilcast_';

/** Gauges named like counters; the ones without `_total` give the same by type. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Each scrape resets these, so two scrapers each see a part. The histogram below has no such limit. */
const resetByScrapes = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  (figure) => `nodejs_eventloop_lag${figure}_seconds`,
);

const sampleEveryMs = 10;
/** prom-client keeps this timer for the gauges that are left out: run it as rarely as possible. */
const unusedPrecisionMs = 1_000;

export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix, eventLoopMonitoringPrecision: unusedPrecisionMs });
  for (const name of [...misnamed, ...resetByScrapes]) registry.removeSingleMetric(`${prefix}${name}`);
  sampleEventLoop(
    new Histogram({
      name: `${prefix}event_loop_delay_seconds`,
      help: 'Delay of a timer of this process after its due time, sampled a hundred times a second.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
  );
}

/** Runs as long as the process, and does not keep it alive. */
function sampleEventLoop(histogram: Histogram): void {
  const dueAt = performance.now() + sampleEveryMs;
  setTimeout(() => {
    histogram.observe(Math.max(0, performance.now() - dueAt) / 1_000);
    sampleEventLoop(histogram);
  }, sampleEveryMs).unref();
}
