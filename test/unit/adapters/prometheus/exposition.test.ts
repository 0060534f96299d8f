/** What a scrape says: the rules of `promtool check metrics`, and that scrapers do not disturb each other. */
import { expect, test } from '@jest/globals';
import { PrometheusMetrics } from '../../../../src/adapters/prometheus/prometheusMetrics.ts';
import { waitFor } from '../../../support/waitFor.ts';

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly name: string; readonly labels: string }[];
}

/** One part of the text for each metric, each beginning with its help. */
function familiesIn(text: string): readonly Family[] {
  return text
    .split(/^(?=# HELP )/m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, name = '', help = ''] = /^# HELP (\S+) ?(.*)$/m.exec(part) ?? [];
      const type = /^# TYPE \S+ (\S+)$/m.exec(part)?.[1] ?? '';
      const samples = [...part.matchAll(/^([A-Za-z_:][\w:]*)(\{.*\})? \S+$/gm)].map(([, one = '', labels = '']) => ({
        name: one,
        labels,
      }));
      return { name, type, help, samples };
    });
}

const abbreviated = ['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm', 'h', 'd'];
/** Of each quantity all but its base unit (seconds, bytes, meters, grams, ratio, …). */
const notBase =
  /^((milli|micro|nano)seconds?|minutes?|hours?|days?|weeks?|(kilo|mega|giga|kibi|mebi|gibi)?bits?|(kilo|mega|giga|tera|kibi|mebi|gibi|tebi)bytes?|percent|percentage)$/;

/** As in promlint of client_golang 1.14, which promtool 2.42 asks. */
function problemsOf({ name, type, help, samples }: Family): readonly string[] {
  const words = name.split('_');
  const isCounted = type === 'histogram' || type === 'summary';
  const labelled = (label: string) => samples.some(({ labels }) => new RegExp(`[{,]${label}="`).test(labels));
  const problems: readonly (readonly [boolean, string])[] = [
    [help === '', 'no help text'],
    [type === 'counter' && !name.endsWith('_total'), 'counter metrics should have "_total" suffix'],
    [type !== 'counter' && name.endsWith('_total'), 'non-counter metrics should not have "_total" suffix'],
    [type !== 'histogram' && name.endsWith('_bucket'), 'non-histogram metrics should not have "_bucket" suffix'],
    [!isCounted && /_(count|sum)$/.test(name), 'non-histogram and non-summary metrics should not have such a suffix'],
    [type !== 'histogram' && labelled('le'), 'non-histogram metrics should not have "le" label'],
    [type !== 'summary' && labelled('quantile'), 'non-summary metrics should not have "quantile" label'],
    [words.includes(type), `metric name should not include type '${type}'`],
    [name.includes(':'), "metric names should not contain ':'"],
    [/[a-z][A-Z]/.test(name) || samples.some(({ labels }) => /[{,][a-z]+[A-Z]\w*="/.test(labels)), 'camelCase'],
    [words.some((word) => abbreviated.includes(word)), 'metric names should not contain abbreviated units'],
    [words.some((word) => notBase.test(word)), 'use base unit'],
  ];
  return problems.flatMap(([isThere, words]) => (isThere ? [`${name}: ${words}`] : []));
}

/** Everything that this process can say once, so that each metric has a sample. */
function everythingSaid(): PrometheusMetrics {
  const metrics = new PrometheusMetrics({
    countByPhase: () => Promise.resolve({ ringing: 1, active: 7 }),
    queueDepth: () => Promise.resolve({ waiting: 0, delayed: 9, active: 1, failed: 0 }),
    mediaUsage: () => ({
      broadcasts: 1,
      sessions: 2,
      transports: 4,
      producers: 3,
      consumers: 5,
      workers: [{ worker: 0, cpuSeconds: 1.5 }],
    }),
    mediaWorker: { origin: 'recipe', recipe: 1, version: '1.0.0' },
    nodeLoad: () => ({ workers: 0.1, eventLoop: 0.1, memory: 0.1 }),
  });
  metrics.decided('answer', 'refused');
  metrics.refused('http', 'not_callable');
  metrics.observed('setUp', 100);
  metrics.observed('join', 3);
  metrics.answered('GET /v1/calls', 200, 20);
  metrics.timerFired('ring', 5);
  metrics.phaseLeft('ringing', 2_000);
  metrics.webhookEndpoints({ silent: 1, disabled: 1 });
  return metrics;
}

test('names, types, units and help texts pass the rules of promtool', async () => {
  const families = familiesIn(await everythingSaid().text());
  expect(families.length).toBeGreaterThan(30);
  expect(families.flatMap(problemsOf)).toEqual([]);
});

test('each rule finds a violation', () => {
  const text = [
    '# HELP a_total Gauge.\n# TYPE a_total gauge\na_total 1',
    '# HELP waits Counter.\n# TYPE waits counter\nwaits 1',
    '# HELP c_milliseconds Unit.\n# TYPE c_milliseconds gauge\nc_milliseconds 1',
    '# HELP depth\n# TYPE depth gauge\ndepth 1',
    '# HELP e_ms Short unit.\n# TYPE e_ms gauge\ne_ms{aB="x"} 1',
    '# HELP f_gauge Type.\n# TYPE f_gauge gauge\nf_gauge{le="1"} 1',
    '# HELP g_count Reserved.\n# TYPE g_count gauge\ng_count 1',
  ].join('\n');
  expect(familiesIn(text).flatMap(problemsOf)).toHaveLength(9);
});

test('scrapes do not affect each other: the delay of the event loop only grows', async () => {
  const metrics = new PrometheusMetrics();
  const countIn = (text: string) => Number(/^veilcast_event_loop_delay_seconds_count (\d+)$/m.exec(text)?.[1]);
  const slowIn = (text: string) => {
    const below = Number(/^veilcast_event_loop_delay_seconds_bucket\{le="0.05"\} (\d+)$/m.exec(text)?.[1]);
    return countIn(text) - below;
  };
  await waitFor('a first look at the event loop', async () => countIn(await metrics.text()) > 0);
  const until = performance.now() + 120;
  while (performance.now() < until); // what a scrape must tell: nothing ran meanwhile
  const first = await waitFor('the stall to be seen', async () => {
    const text = await metrics.text();
    return slowIn(text) > 0 ? text : undefined;
  });
  const second = await metrics.text();
  expect(slowIn(second)).toBeGreaterThanOrEqual(slowIn(first));
  expect(countIn(second)).toBeGreaterThanOrEqual(countIn(first));
  expect(second).not.toMatch(/eventloop_lag/);
});
