/** Faults of all kinds, one after another, over three nodes with calls that come and go. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../clients/ears.ts';
import type { Violation } from '../judge/evidence.ts';
import { distinct, duplicatesIn, judge } from '../judge/judge.ts';
import { percentilesOf } from '../judge/silence.ts';
import { grown, leftBehind } from '../judge/state.ts';
import { Couple } from '../random/couple.ts';
import { Dice } from '../../../src/load/plan/dice.ts';
import { between } from '../../support/between.ts';
import { faults } from '../random/faults.ts';
import { pairsOf } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { figuresOf } from '../stage/figures.ts';
import type { Figures } from '../stage/figures.ts';
import { look } from '../stage/look.ts';
import { Stage } from '../stage/stage.ts';
import { silencesOf, untilSteady } from './recovery.ts';
import { refusalsIn } from './refusals.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';
import { settled } from './settled.ts';

/** Ended calls stay readable until the judge has read them. */
const keptMs = 3_600_000;
const firstCallsMs = 10_000;
const calmMs = [3_000, 12_000] as const;
const recoversWithinMs = 20_000;
/** For what is under way, and for timers of those who were lost. */
const restMs = 15_000;

async function play({ run, calls, seed, minutes, only, tell }: ScenarioOptions): Promise<Outcome> {
  const stage = await Stage.set({
    run,
    nodes: 3,
    environment: { VEILCAST_ENDED_CALL_TTL_MS: String(keptMs), VEILCAST_RING_TIMEOUT_MS: '20000' },
  });
  const crowd = new Crowd(stage);
  const dice = new Dice(seed);
  try {
    await crowd.know(calls * 2);
    const pairs = pairsOf(await crowd.connect());
    const atFirst = await usageOf(stage);
    const couples = pairs.map((pair, index) => new Couple(pair, new Dice(seed * 1_000 + index)));
    const lives = couples.map((couple) => couple.live());
    await delay(firstCallsMs);
    const backMs = await strikeAllTheWhile({ stage, crowd, dice, couples, only, tell }, now() + minutes * 60_000);
    for (const couple of couples) couple.stop();
    await Promise.all(lives);
    await delay(restMs);

    for (const line of refusalsIn(stage.diary)) tell(line);
    const evidence = await settled(stage, 30_000);
    const atLast = await usageOf(stage);
    const violations = distinct([
      ...couples.flatMap(({ lost }) => lost),
      ...judge(evidence),
      ...leftBehind((await look(stage)).nodes),
      // A process that was killed began anew with nothing: only those that lived through it all can have grown.
      ...[...atLast].flatMap(([pid, usage]): readonly Violation[] => {
        const before = atFirst.get(pid);
        return before === undefined ? [] : grown(usage.name, before, usage);
      }),
    ]);
    const tally = couples.reduce((sum, { tally: one }) => added(sum, one), { made: 0, refused: 0, hungUp: 0 });
    tell(JSON.stringify(tally));
    const lost = violations.filter(({ rule }) => rule === 'call lost').length;
    const counted = { calls: tally.made, lost, duplicates: duplicatesIn(violations) };
    return { ...counted, mediaBackMs: percentilesOf(backMs), violations, seed, minutes, tally };
  } finally {
    await crowd.close();
    await stage.close();
  }
}

interface Striking {
  readonly stage: Stage;
  readonly crowd: Crowd;
  readonly dice: Dice;
  readonly couples: readonly Couple[];
  readonly only: readonly string[];
  readonly tell: (line: string) => void;
}

/** Answers how long media was away, of each client and direction that a fault had silenced. */
async function strikeAllTheWhile(striking: Striking, until: number): Promise<readonly number[]> {
  const { stage, crowd, dice, couples, only, tell } = striking;
  const names = Object.keys(faults).filter((name) => only.length === 0 || only.includes(name));
  const backMs: number[] = [];
  while (now() < until) {
    await delay(between(dice, ...calmMs));
    const talks = couples.flatMap(({ talk }) => (talk === undefined ? [] : [talk]));
    const faultAt = now();
    const what = await faults[dice.oneOf(names)]?.({ stage, crowd, dice });
    const going = () => talks.filter((talk) => couples.some((couple) => couple.talk === talk));
    await untilSteady(going(), recoversWithinMs);
    const silenced = silencesOf(going(), { from: faultAt, to: now() }).filter((ms) => ms > 0);
    backMs.push(...silenced);
    const { p50, max } = percentilesOf(silenced);
    tell(
      `${what ?? ''}: ${talks.length} talked, ${silenced.length} ears silenced, back after ${p50} ms, at most ${max}`,
    );
  }
  return backMs;
}

type Used = Figures & { readonly name: string };

/** By process id. */
async function usageOf(stage: Stage): Promise<ReadonlyMap<number, Used>> {
  const nodes = [...stage.nodes].map(
    async ([name, node]) => [node.pid, { name, ...(await figuresOf(node.adminUrl)) }] as const,
  );
  return new Map(await Promise.all(nodes));
}

type Tally = Couple['tally'];
const added = (one: Tally, other: Tally): Tally => ({
  made: one.made + other.made,
  refused: one.refused + other.refused,
  hungUp: one.hungUp + other.hungUp,
});

export const random: Scenario = {
  story: 'faults of all kinds over three nodes, with calls that come and go',
  calls: 12,
  play,
};
