import { describe, expect, test } from '@jest/globals';
import { PrometheusMetrics } from '../../../../src/adapters/prometheus/prometheusMetrics.ts';
import type { PrometheusMetricsOptions } from '../../../../src/adapters/prometheus/prometheusMetrics.ts';

const callId = 'call_0123456789012345678901';
const usage = {
  broadcasts: 1,
  sessions: 2,
  transports: 4,
  producers: 3,
  consumers: 5,
  workers: [{ worker: 0, cpuSeconds: 1.5 }],
};
const metricsOf = (options: PrometheusMetricsOptions = {}) =>
  new PrometheusMetrics({ processMetrics: false, ...options });

/** The samples of an exposition, by name and labels. */
async function samples(metrics: PrometheusMetrics): Promise<ReadonlyMap<string, string>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.lastIndexOf(' ')),
      line.slice(line.lastIndexOf(' ') + 1),
    ]),
  );
}

describe('counters of events', () => {
  test('endings by reason, events by type, decisions, refusals', async () => {
    const metrics = metricsOf();
    metrics.happened({ callId, seq: 1, at: 0, type: 'call.ringing', userId: 'alice' });
    metrics.happened({ callId, seq: 2, at: 0, type: 'call.ended', reason: 'missed' });
    metrics.decided('answer', 'refused');
    metrics.refused('http', 'not_callable');
    const found = await samples(metrics);
    expect(found.get('veilcast_calls_ended_total{reason="missed"}')).toBe('1');
    expect(found.get('veilcast_calls_ended_total{reason="hangup"}')).toBe('0');
    expect(found.get('veilcast_call_events_total{type="call.ringing"}')).toBe('1');
    expect(found.get('veilcast_decisions_total{command="answer",outcome="refused"}')).toBe('1');
    expect(found.get('veilcast_refusals_total{edge="http",code="not_callable"}')).toBe('1');
  });

  test('times in seconds', async () => {
    const metrics = metricsOf();
    metrics.observed('setUp', 100);
    metrics.observed('join', 3);
    metrics.answered('GET /v1/calls', 200, 20);
    metrics.timerFired('ring', -5);
    metrics.phaseLeft('ringing', 2_000);
    const found = await samples(metrics);
    expect(found.get('veilcast_call_set_up_seconds_sum')).toBe('0.1');
    expect(found.get('veilcast_call_set_up_seconds_bucket{le="0.1"}')).toBe('1');
    expect(found.get('veilcast_session_join_seconds_sum')).toBe('0.003');
    expect(found.get('veilcast_http_request_duration_seconds_sum{route="GET /v1/calls",status="200"}')).toBe('0.02');
    expect(found.get('veilcast_timer_lateness_seconds_sum{kind="ring"}')).toBe('0');
    expect(found.get('veilcast_call_phase_seconds_count{phase="ringing"}')).toBe('1');
  });
});

describe('what is read at a scrape', () => {
  test('calls by phase, queue depth, media and worker CPU', async () => {
    const metrics = metricsOf({
      countByPhase: () => Promise.resolve({ ringing: 1, active: 7 }),
      queueDepth: () => Promise.resolve({ waiting: 0, delayed: 9, active: 1, failed: 0 }),
      mediaUsage: () => usage,
    });
    await samples(metrics);
    const found = await samples(metrics);
    expect(found.get('veilcast_calls{phase="active"}')).toBe('7');
    expect(found.get('veilcast_queue_jobs{state="delayed"}')).toBe('9');
    expect(found.get('veilcast_broadcasts')).toBe('1');
    expect(found.get('veilcast_sessions')).toBe('2');
    expect(found.get('veilcast_consumers')).toBe('5');
    expect(found.get('veilcast_media_worker_cpu_seconds_total{worker="0"}')).toBe('1.5');
  });

  test('a source that hangs or fails is absent and counted, and returns when it works', async () => {
    let isAway = true;
    const metrics = metricsOf({
      countByPhase: () => (isAway ? new Promise(() => undefined) : Promise.resolve({ ringing: 0, active: 1 })),
      queueDepth: () =>
        isAway ? Promise.reject(new Error('away')) : Promise.resolve({ waiting: 0, delayed: 0, active: 0, failed: 0 }),
      mediaUsage: () => {
        if (isAway) throw new Error('no worker');
        return usage;
      },
      sourceLimitMs: 20,
    });
    // One of the sources never answers: without the limit this would not end.
    const away = await samples(metrics);
    const read = /^veilcast_(calls\{|queue_jobs|broadcasts|sessions|transports|producers|consumers|media_worker)/;
    expect([...away.keys()].filter((name) => read.test(name))).toEqual([]);
    for (const source of ['calls', 'queue', 'media']) {
      expect(away.get(`veilcast_scrape_errors_total{source="${source}"}`)).toBe('1');
    }
    isAway = false;
    const back = await samples(metrics);
    expect([...back.keys()].filter((name) => read.test(name))).toHaveLength(2 + 4 + 5 + 1);
  });
});

test('every metric has the product’s prefix, a help text, and durations in seconds', async () => {
  const metrics = new PrometheusMetrics({ mediaUsage: () => usage });
  const text = await metrics.text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(names.every((name) => name?.startsWith('veilcast_'))).toBe(true);
  expect(text.match(/^# HELP veilcast_\S+ \S+/gm)).toHaveLength(names.length);
  expect(names).toContain('veilcast_event_loop_delay_seconds');
  expect(text).not.toMatch(/_ms\b|_milliseconds/);
});

test('two instances do not share counts', async () => {
  const [one, other] = [metricsOf(), metricsOf()];
  one.decided('create', 'changed');
  expect((await samples(other)).get('veilcast_decisions_total{command="create",outcome="changed"}')).toBeUndefined();
});
