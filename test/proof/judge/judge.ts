/** What the evidence says: the searches and the paths of packets are assertions, scenario by scenario. */
import { join } from 'node:path';
import type { Captures } from '../network/capture.ts';
import type { Checks } from './checks.ts';
import { carolsEvidence } from '../carol/carolsEvidence.ts';
import type { Filed, Holder } from './evidence.ts';
import { addressNeedles } from './needles.ts';
import type { Needle } from './needles.ts';
import { clients, nameOf } from '../stage/people.ts';
import { plantSeeds } from '../seeds.ts';
import { seedsChapter } from '../seeds/seed.ts';
import type { Seed } from '../seeds/seed.ts';
import { search } from './search.ts';
import type { Finding } from './search.ts';
import type { Stage } from '../stage/stage.ts';
import { WireTap } from '../network/wire.ts';
import type { WireReport } from '../network/wire.ts';

export interface Searched {
  readonly holder: Holder;
  readonly what: string;
  readonly during: string;
  readonly bytes: number;
  readonly findings: number;
}
export interface Judgement {
  readonly wire: WireReport;
  readonly searched: readonly Searched[];
  readonly needles: readonly Needle[];
  readonly findings: readonly Finding[];
  readonly seeds: readonly (Seed & { readonly found: boolean })[];
}
export interface JudgeOptions {
  readonly stage: Stage;
  readonly captures: Captures;
  readonly checks: Checks;
  readonly folder: string;
  readonly tell: (line: string) => void;
}

export async function judge({ stage, captures, checks, folder, tell }: JudgeOptions): Promise<Judgement> {
  const { evidence, alice, bob, operator, carol } = stage;
  tell('planting leaks that the search must find');
  evidence.begin(seedsChapter);
  const seeds = await plantSeeds(stage);
  await operator.sample();
  await Promise.all([alice, bob].map(({ observer }) => observer.settled()));
  const overall = (what: string, held: boolean, detail: string) => {
    checks.add({ during: 'the whole run', what, held, detail });
  };
  overall(
    'Redis, logs, metrics and the API were read every second',
    operator.problems.length === 0,
    operator.problems.join('; '),
  );
  carolsEvidence(evidence, await carol.record(join(folder, 'carol.ndjson')));
  const dropped = await captures.stop();
  const exposed = [alice, bob].filter(({ observer }) => observer.hasSeenItsOwnAddress);
  const both = exposed.length === 2;
  overall('both browsers had their real addresses at hand, to tell them', both, `${exposed.length} of 2 had`);
  overall('no packet escaped the captures', dropped === 0, `${dropped} packets dropped by the kernel`);

  tell('reading the captures');
  const tap = new WireTap(evidence, stage.server.mediaPorts);
  for (const file of captures.files) tap.read(file);
  const wire = tap.report;
  tell(`searching what was received and what is kept, after ${wire.packets} packets`);
  const needles = [...clients.flatMap(addressNeedles), ...alice.observer.needles, ...bob.observer.needles];
  const { filed } = evidence;
  const findings = filed.flatMap((one) => search(one, needles));
  judgeSearches(checks, filed, findings);
  judgePaths(checks, wire, filed);
  const found = seeds.map((seed) => ({ ...seed, found: seed.isFound(findings, wire) }));
  for (const { what, found: isFound } of found) if (!isFound) tell(`NOT FOUND: the planted leak ${what}`);
  const searched = filed.map(({ holder, what, during, content }) => ({
    holder,
    what,
    during,
    bytes: content.length,
    findings: findings.filter((one) => one.holder === holder && one.what === what && one.during === during).length,
  }));
  return { wire, searched, needles, findings, seeds: found };
}

function judgeSearches(checks: Checks, filed: readonly Filed[], findings: readonly Finding[]): void {
  for (const { holder, what, during, random } of filed) {
    if (during === seedsChapter) continue;
    const here = findings.filter(
      (one) => one.holder === holder && one.what === what && one.during === during && one.random === random,
    );
    const detail = here.map(({ owner, needle, excerpt }) => `${owner}: ${needle}: ${excerpt}`).join('; ');
    const kind = random ? `${what} (encrypted or too short to tell)` : what;
    checks.add({ during, what: `nothing of others at ${nameOf(holder)}: ${kind}`, held: here.length === 0, detail });
  }
}

function judgePaths(checks: Checks, { strayed, between }: WireReport, filed: readonly Filed[]): void {
  const chapters = [...new Set(filed.map(({ during }) => during))].filter((name) => name !== seedsChapter);
  for (const during of chapters) {
    const here = strayed.filter((one) => one.during === during);
    const detail = here.map(({ from, to, why, place, count }) => `${from} → ${to} at ${place}, ${count} times: ${why}`);
    const held = here.length === 0;
    checks.add({
      during,
      what: 'every packet of a client went to the server or came from it',
      held,
      detail: detail.join('; '),
    });
    if (during !== 'before') {
      const count = between.get(during) ?? 0;
      checks.add({
        during,
        what: 'the captures saw the clients talk to the server',
        held: count > 0,
        detail: `${count}`,
      });
    }
  }
}
