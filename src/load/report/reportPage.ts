/** The report: one file of HTML with everything in it, to look at on any screen, to send, and to keep. */
import type { Percentiles } from '../figures/percentiles.ts';
import { partNames, parts as partWords } from '../figures/parts.ts';
import type { CallRow, LoadResult } from '../figures/result.ts';
import { escaped } from './escaped.ts';
import { bars, plot } from './plots.ts';
import type { Line } from './plots.ts';

export function reportPage(result: LoadResult): string {
  const { scenario, startedAt } = result;
  const title = `Load: ${scenario.name}`;
  const sections = [
    header(result),
    verdict(result),
    partTable(result),
    setUpOverTime(result.calls),
    setUpDistribution(result.calls),
    waterfall(result),
    failures(result),
    mediaTable(result),
    processes(result),
    machine(result),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)} ${escaped(startedAt)}</title><style>${style}</style></head>
<body><main>${sections.join('\n')}</main></body></html>
`;
}

function header({ scenario, startedAt, attempted, ok, failed, late, dropped, sustained }: LoadResult): string {
  const counts = Object.entries({ calls: attempted, ok, failed, late, dropped });
  const tiles = counts.map(([name, count]) => `<div><b>${count}</b>${name}</div>`);
  if (sustained !== undefined) tiles.push(`<div><b>${sustained.rate ?? '–'}</b>calls/s sustained</div>`);
  // A ramp reports the run at the rate that it sustained, or else its first.
  const rate = sustained?.rate ?? scenario.rate;
  return (
    `<h1>${escaped(scenario.name)}</h1><p>${escaped(scenario.about)}</p>` +
    `<p class="quiet">${escaped(startedAt)} · ${rate} calls/s for ${scenario.seconds} s</p>` +
    `<div class="tiles">${tiles.join('')}</div>`
  );
}

function verdict({ limit, isMeasurement, thresholds }: LoadResult): string {
  const rows = thresholds.map(
    ({ threshold, value, met }) =>
      `<tr class="${met ? 'met' : 'broken'}"><td>${met ? 'met' : 'not met'}</td><td>${escaped(threshold)}</td><td class="num">${value === null ? 'not measured' : number(value)}</td></tr>`,
  );
  const warning = isMeasurement ? '' : '<p class="broken">This is no measurement: the generator was the limit.</p>';
  return `<h2>Verdict</h2>${warning}<p>Limit: ${escaped(limit)}.</p>${table(['', 'threshold', 'measured'], rows)}`;
}

function partTable({ parts }: LoadResult): string {
  const rows = partNames.flatMap((name) => {
    const of = parts[name];
    return of === null ? [] : [timesRow(name, of, partWords[name])];
  });
  return `<h2>Times in milliseconds</h2>${table(timesHead, rows)}`;
}

const timesHead = ['', 'count', 'p50', 'p75', 'p95', 'p99', 'p99.9', 'most'];

function timesRow(name: string, of: Percentiles, words: string): string {
  const cells = [of.p50, of.p75, of.p95, of.p99, of.p999, of.max].map((one) => `<td class="num">${number(one)}</td>`);
  return `<tr><td title="${escaped(words)}">${escaped(name)}</td><td class="num">${of.count}</td>${cells.join('')}</tr>`;
}

function setUpOverTime(calls: readonly CallRow[]): string {
  const points = calls.flatMap(({ dueMs, parts }) =>
    parts.setup === undefined ? [] : [{ x: dueMs / 1_000, y: parts.setup }],
  );
  return plot([{ name: 'set-up', points }], {
    title: 'Set-up of each call',
    x: 'due, in seconds',
    y: 'ms',
    dots: true,
  });
}

function setUpDistribution(calls: readonly CallRow[]): string {
  const lines = (['setup', 'answerToRtp'] as const).flatMap((name): Line[] => {
    const sorted = calls.flatMap(({ parts }) => parts[name] ?? []).sort((one, other) => one - other);
    const points = sorted.map((x, index) => ({ x, y: (100 * (index + 1)) / sorted.length }));
    return points.length === 0 ? [] : [{ name, points }];
  });
  return plot(lines, {
    title: 'Share of calls that are set up within',
    x: 'ms (each tenfold as wide as the next)',
    y: '%',
    logX: true,
  });
}

/** In the order in which they happen, the median of each; what happens while it rings is apart. */
function waterfall({ parts }: LoadResult): string {
  const median = (of: Percentiles | null) => of?.p50 ?? 0;
  const [http, ring, answer, heard] = [parts.http, parts.ring, parts.answer, parts.answerToRtp].map(median);
  if (ring === undefined || ring === 0) return '';
  const afterRing = [
    { name: 'answer', from: ring, to: ring + (answer ?? 0) },
    { name: 'first packets', from: ring, to: ring + (heard ?? 0) },
  ];
  const whileRinging = [
    { name: 'join (warm)', from: http ?? 0, to: (http ?? 0) + median(parts.join) },
    {
      name: 'ICE (warm)',
      from: (http ?? 0) + median(parts.join),
      to: (http ?? 0) + median(parts.join) + median(parts.ice),
    },
    {
      name: 'DTLS (warm)',
      from: (http ?? 0) + median(parts.join) + median(parts.ice),
      to: (http ?? 0) + median(parts.join) + median(parts.ice) + median(parts.dtls),
    },
  ];
  const all = [
    { name: 'HTTP', from: 0, to: http ?? 0 },
    { name: 'ring', from: 0, to: ring },
    ...whileRinging,
    ...(heard === 0 ? [] : afterRing),
  ];
  return bars(
    'Parts of a set-up, medians, without the time of ringing',
    all.filter(({ from, to }) => to > from),
    'ms',
  );
}

function failures({ failures: causes }: LoadResult): string {
  const all = Object.entries(causes).map(([name, count]) => ({ name, from: 0, to: count }));
  return bars('Failures by cause', all, 'calls');
}

function mediaTable({ media }: LoadResult): string {
  if (media === null) return '';
  const rows = [
    ['on the way, device to device', media.latencyMs],
    ['jitter (RFC 3550)', media.jitterMs],
    ['longest silence of a stream', media.silenceMs],
  ] as const;
  const times = rows.flatMap(([name, of]) => (of === null ? [] : [timesRow(name, of, name)]));
  const mos = media.mos === null ? '' : `, estimated MOS ${number(media.mos)} (E-model, from loss and delay alone)`;
  return `<h2>Media</h2><p>${media.packets} packets, ${number(media.lossPercent)} % lost, ${number(media.duplicatesPercent)} % twice${mos}</p>${table(timesHead, times)}`;
}

function processes({ processes: all, use }: LoadResult): string {
  if (all.length === 0) return '<h2>Server</h2><p>No process of the server was watched.</p>';
  const rows = all.map(
    ({ name, cpuMean, cpuMost, memoryFirstMib, memoryLastMib, memoryMostMib }) =>
      `<tr><td>${escaped(name)}</td>${[100 * cpuMean, 100 * cpuMost, memoryFirstMib, memoryLastMib, memoryMostMib].map((one) => `<td class="num">${number(one)}</td>`).join('')}</tr>`,
  );
  const lines = all.map(({ name }) => ({
    name,
    points: use.flatMap(({ atMs, cpu }) => {
      const share = cpu[name];
      return share === undefined ? [] : [{ x: atMs / 1_000, y: 100 * share }];
    }),
  }));
  const head = ['', 'CPU, mean % of a core', 'most', 'MiB at first', 'at last', 'most'];
  return `<h2>Server</h2>${table(head, rows)}${plot(lines, { title: 'CPU of each process', x: 'seconds', y: '% of a core' })}`;
}

function machine({ machine: { node, system, cores }, command, seed, version }: LoadResult): string {
  return (
    `<h2>To do it again</h2><p><code>veilcast-load ${escaped(command.join(' '))}</code></p>` +
    `<p class="quiet">Seed ${seed} · Node ${escaped(node)} · ${escaped(system)} · ${cores} cores · ${escaped(version)}</p>`
  );
}

function table(head: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return '';
  const heads = head.map((text) => `<th>${escaped(text)}</th>`).join('');
  return `<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--quiet:#667;--line:#d8dce2;--a:#1769aa;--b:#b3541e;--c:#2a7d4f;--d:#7a3e9d;--e:#a0283c;--f:#5b6472}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#14171b;--quiet:#9aa3ad;--line:#333a42;--a:#6bb3ee;--b:#eb9b62;--c:#6fcf97;--d:#c59be0;--e:#f08c9c;--f:#aab4c0}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}h1{margin:.5rem 0 0}h2{margin:2rem 0 .5rem;font-size:1.15rem}
.quiet{color:var(--quiet)}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(6rem,1fr));gap:.5rem}
.tiles div{border:1px solid var(--line);border-radius:.5rem;padding:.5rem;color:var(--quiet)}.tiles b{display:block;font-size:1.4rem;color:var(--ink)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}th{font-weight:600;color:var(--quiet)}
.num{text-align:right}.met td:first-child{color:var(--c)}.broken td:first-child,p.broken{color:var(--e);font-weight:600}
figure{margin:1.5rem 0}figcaption{font-weight:600;margin-bottom:.4rem}svg{width:100%;height:auto;display:block}
svg text{font-size:11px;fill:var(--quiet)}.end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:var(--line)}
polyline{fill:none;stroke-width:1.6}circle{stroke:none}
polyline.s0{stroke:var(--a)}polyline.s1{stroke:var(--b)}polyline.s2{stroke:var(--c)}polyline.s3{stroke:var(--d)}polyline.s4{stroke:var(--e)}polyline.s5{stroke:var(--f)}
circle.s0{fill:var(--a)}.key span{margin-right:1rem}.k0{color:var(--a)}.k1{color:var(--b)}.k2{color:var(--c)}.k3{color:var(--d)}.k4{color:var(--e)}.k5{color:var(--f)}
.bar{display:grid;grid-template-columns:minmax(7rem,30%) 1fr 6rem;gap:.5rem;align-items:center;margin:.2rem 0}
.bar>span:first-child{overflow-wrap:anywhere}.track{display:block;background:var(--line);border-radius:.2rem;height:.8rem}.track i{display:block;height:100%;background:var(--a);border-radius:.2rem}
code{overflow-wrap:anywhere}
`;
