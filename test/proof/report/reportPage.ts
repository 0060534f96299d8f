/** The report as a page of its own, without anything from elsewhere: for people, dark and light, on a phone as well. */
import type { Check } from '../judge/checks.ts';
import type { Holder } from '../judge/evidence.ts';
import { nameOf } from '../stage/people.ts';
import type { ReportOptions, Summary } from './report.ts';

export function reportPage(options: ReportOptions, summary: Summary): string {
  const good = summary.failed === 0 && summary.seeded === summary.seededFound;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nobody’s address: ${good ? 'held' : 'failed'}</title>
<style>${styles}</style>
<main>
<h1>Nobody’s address, proven</h1>
<p class="verdict ${good ? 'good' : 'bad'}">${verdict(summary, good)}</p>
<p>${words(options)}</p>
${figures(options, summary)}
<h2>What was tried</h2>
${options.played.map((one) => scenarioSection(one, options)).join('\n')}
<h2>What was searched</h2>
${searchedTable(options)}
<h2>What was looked for</h2>
${needleList(options)}
<h2>Leaks that were planted</h2>
<p>The proof proves itself: after the last scenario these leaks were made on purpose, and the same search had to find each.</p>
${seedList(options)}
<h2>Every assertion about the whole run</h2>
${checkList(options.checks.all.filter(({ during }) => during === 'the whole run' || during === 'before'))}
</main>
</html>
`;
}

const number = (value: number): string => Math.round(value).toLocaleString('en-GB');

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => entities[letter] ?? letter);

function verdict({ assertions, failed, seeded, seededFound }: Summary, good: boolean): string {
  if (good) return `All ${number(assertions)} assertions held, and all ${number(seeded)} planted leaks were found.`;
  const leaks = seeded === seededFound ? 'all' : `only ${number(seededFound)} of`;
  return `${number(failed)} of ${number(assertions)} assertions failed; ${leaks} ${number(seeded)} planted leaks were found.`;
}

function words({ tookMs }: ReportOptions): string {
  return `Alice and Bob in real browsers and Carol as a program of her own called each other through the real server. Each
was in a network of their own, with an IPv4 and an IPv6 address; a router between the networks would have carried a packet
from any of them to any other. Every packet on every interface was captured, and everything that one received or the
operator kept was searched for the addresses of the others. It took ${number(tookMs / 1000)} seconds.`;
}

function figures({ judgement }: ReportOptions, { scenarios, packets, bytesSearched, seeded }: Summary): string {
  const all: readonly (readonly [string, string])[] = [
    [number(scenarios), 'scenarios'],
    [number(packets), 'packets captured'],
    [megabytes(judgement.wire.wireBytes), 'on the wire'],
    [megabytes(bytesSearched), 'searched'],
    [number(judgement.needles.length), 'forms looked for'],
    [number(seeded), 'leaks planted'],
  ];
  return `<ul class="figures">${all.map(([value, what]) => `<li><b>${value}</b> ${what}</li>`).join('')}</ul>`;
}

function scenarioSection(played: ReportOptions['played'][number], { checks, judgement }: ReportOptions): string {
  const { name, story, measurements, tookMs } = played;
  const here = checks.all.filter(({ during }) => during === name);
  const failed = here.filter(({ held }) => !held).length;
  const talk = judgement.wire.between.get(name) ?? 0;
  const measured = measurements.map(
    ({ what, value, unit }) => `<li>${escaped(what)}: <b>${number(value)} ${unit}</b></li>`,
  );
  return `<details${failed > 0 ? ' open' : ''}>
<summary><span class="mark ${failed > 0 ? 'bad' : 'good'}"></span><b>${escaped(name)}</b> <span>${escaped(story)}</span>
<small>${failed > 0 ? `${failed} of ${here.length} failed` : `${here.length} held`} · ${number(tookMs / 1000)} s · ${number(talk)} packets between clients and the server</small></summary>
${measured.length > 0 ? `<ul>${measured.join('')}</ul>` : ''}
${checkList(here)}
</details>`;
}

function checkList(checks: readonly Check[]): string {
  const items = checks.map(({ what, held, detail }) => {
    const why = held || detail === '' ? '' : `<pre>${escaped(detail.slice(0, 2_000))}</pre>`;
    return `<li class="${held ? 'good' : 'bad'}">${escaped(what)}${why}</li>`;
  });
  return `<ul class="checks">${items.join('')}</ul>`;
}

function searchedTable({ judgement }: ReportOptions): string {
  const rows = new Map<string, { holder: Holder; what: string; bytes: number; findings: number }>();
  for (const { holder, what, during, bytes, findings } of judgement.searched) {
    if (during === 'planted leaks') continue;
    const key = `${holder} ${what}`;
    const row = rows.get(key) ?? { holder, what, bytes: 0, findings: 0 };
    rows.set(key, { ...row, bytes: row.bytes + bytes, findings: row.findings + findings });
  }
  const sorted = [...rows.values()].sort(
    (one, other) => one.holder.localeCompare(other.holder) || other.bytes - one.bytes,
  );
  const lines = sorted.map(
    ({ holder, what, bytes, findings }) =>
      `<tr><td>${escaped(nameOf(holder))}</td><td>${escaped(what)}</td><td>${number(bytes)}</td><td class="${findings > 0 ? 'bad' : ''}">${findings}</td></tr>`,
  );
  return `<div class="wide"><table><thead><tr><th>who has it</th><th>what</th><th>bytes</th><th>found</th></tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

function needleList({ judgement }: ReportOptions): string {
  const owners = [...new Set(judgement.needles.map(({ owner }) => owner))];
  return owners
    .map((owner) => {
      const names = [...new Set(judgement.needles.filter((one) => one.owner === owner).map(({ name }) => name))];
      return `<details><summary><b>${nameOf(owner)}</b> <small>${names.length} forms</small></summary><p class="forms">${names.map(escaped).join(' · ')}</p></details>`;
    })
    .join('\n');
}

function seedList({ judgement }: ReportOptions): string {
  const items = judgement.seeds.map(({ what, found }) => `<li class="${found ? 'good' : 'bad'}">${escaped(what)}</li>`);
  return `<details open><summary><b>${items.length}</b> leaks</summary><ul class="checks">${items.join('')}</ul></details>`;
}

const styles = `
:root { color-scheme: light dark; --text: #1c2330; --dim: #5a6578; --back: #f6f7f9; --card: #fff; --line: #dde2ea; --good: #0f7a4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e7ebf2; --dim: #9aa6b8; --back: #11151c; --card: #1a202a; --line: #2c3542; --good: #55c794; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; margin: 0.5rem 0; line-height: 1.2; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; }
.verdict { font-size: 1.1rem; font-weight: 600; padding: 0.8rem 1rem; border: 1px solid; border-radius: 0.7rem; background: var(--card); }
.good { color: var(--good); } .bad { color: var(--bad); }
.figures { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.6rem; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; padding: 0.7rem 0.9rem; color: var(--dim); font-size: 0.9rem; }
.figures b { display: block; font-size: 1.35rem; color: var(--text); font-variant-numeric: tabular-nums; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; padding: 0.7rem 0.9rem; margin: 0.5rem 0; }
summary { cursor: pointer; } summary small { display: block; color: var(--dim); }
.mark { display: inline-block; width: 0.65rem; height: 0.65rem; border-radius: 50%; background: currentColor; margin-right: 0.5rem; }
.checks { list-style: none; padding: 0; margin: 0.6rem 0 0; font-size: 0.92rem; }
.checks li { padding: 0.15rem 0 0.15rem 1.5rem; position: relative; overflow-wrap: anywhere; }
.checks li::before { position: absolute; left: 0.2rem; content: '✓'; } .checks .bad::before { content: '✗'; }
.checks .good { color: var(--text); } .checks .good::before { color: var(--good); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; } th, td { text-align: left; padding: 0.4rem 0.8rem; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; } th { color: var(--dim); font-weight: 500; }
td:nth-child(n + 3), th:nth-child(n + 3) { text-align: right; font-variant-numeric: tabular-nums; }
.forms { color: var(--dim); font-size: 0.85rem; overflow-wrap: anywhere; margin-bottom: 0; }
`;
