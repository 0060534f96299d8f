/** What the run leaves: numbers for machines, a page for people. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checks } from '../judge/checks.ts';
import type { Judgement } from '../judge/judge.ts';
import { reportPage } from './reportPage.ts';

export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}
export interface Played {
  readonly name: string;
  readonly story: string;
  readonly measurements: readonly Measurement[];
  readonly tookMs: number;
}
export interface ReportOptions {
  readonly folder: string;
  readonly played: readonly Played[];
  readonly checks: Checks;
  readonly judgement: Judgement;
  readonly tookMs: number;
}
export interface Summary {
  readonly scenarios: number;
  readonly assertions: number;
  readonly failed: number;
  readonly packets: number;
  readonly bytesSearched: number;
  readonly seeded: number;
  readonly seededFound: number;
}

export async function writeReport(options: ReportOptions): Promise<Summary> {
  const { folder, played, checks, judgement, tookMs } = options;
  const { wire, searched, seeds, needles, findings } = judgement;
  const summary: Summary = {
    scenarios: played.length,
    assertions: checks.all.length,
    failed: checks.failed,
    packets: wire.packets,
    bytesSearched: searched.reduce((sum, { bytes }) => sum + bytes, 0),
    seeded: seeds.length,
    seededFound: seeds.filter(({ found }) => found).length,
  };
  const report = {
    summary,
    tookMs: Math.round(tookMs),
    played,
    checks: checks.all,
    searched,
    findings,
    needles: needles.map(({ owner, name }) => ({ owner, name })),
    seeds: seeds.map(({ what, found }) => ({ what, found })),
    wire: { ...wire, between: Object.fromEntries(wire.between) },
  };
  await writeFile(join(folder, 'report.json'), JSON.stringify(report, undefined, 1));
  await writeFile(join(folder, 'report.html'), reportPage(options, summary));
  return summary;
}
