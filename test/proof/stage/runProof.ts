/** The proof, from inside the server's network: plays the scenarios, searches, and says what came out. */
import { comeHome } from '../../support/browser/browser.ts';
import type { Person } from '../../support/browser/browser.ts';
import { Captures } from '../network/capture.ts';
import { Checks } from '../judge/checks.ts';
import { Evidence } from '../judge/evidence.ts';
import type { Scenario, Scene } from './scene.ts';
import { calls } from '../scenarios/calls.ts';
import { hostile } from '../scenarios/hostile.ts';
import { networks } from '../scenarios/networks.ts';
import { narrow } from '../scenarios/only443.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { judge } from '../judge/judge.ts';
import { writeReport } from '../report/report.ts';
import type { Measurement, Played } from '../report/report.ts';

export interface InsideOptions {
  readonly run: number;
  readonly folder: string;
  readonly program: string;
  /** Names of scenarios: none for all. */
  readonly only: readonly string[];
  /** How often a device changes its network in one call. */
  readonly moves: number;
  /** How long pictures and sound may be away for one such change. */
  readonly longestGapMs: number;
}

const all: readonly Scenario[] = [...calls, ...networks, ...narrow, ...hostile];
const settleMs = 300;

export async function runProof(options: InsideOptions): Promise<boolean> {
  const { run, folder, program, only, moves, longestGapMs } = options;
  const began = performance.now();
  const tell = (line: string) => {
    console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  const [evidence, checks] = [new Evidence(), new Checks(tell)];
  const captures = await Captures.start(run, folder);
  const stage = await setStage({ run, folder, program, evidence });
  const played: Played[] = [];
  try {
    tell('the server, two browsers and Carol are there');
    const scenarios = all.filter(({ name }) => only.length === 0 || only.includes(name));
    for (const scenario of scenarios) played.push(await play(scenario, stage, { checks, tell, moves, longestGapMs }));
    const judgement = await judge({ stage, captures, checks, folder, tell });
    await stage.close();
    const summary = await writeReport({ folder, played, checks, judgement, tookMs: performance.now() - began });
    console.log(JSON.stringify(summary));
    return checks.failed === 0 && judgement.seeds.every(({ found }) => found);
  } finally {
    await stage.close();
    await captures.stop();
  }
}

/** Whatever a scenario that failed left: the next one begins where every one begins. */
async function backHome(person: Person): Promise<void> {
  try {
    await comeHome(person);
  } catch {
    await person.page.reload();
    await comeHome(person);
  }
}

interface Playing extends Pick<InsideOptions, 'moves' | 'longestGapMs'> {
  readonly checks: Checks;
  readonly tell: (line: string) => void;
}

async function play({ name, story, play: act }: Scenario, stage: Stage, options: Playing): Promise<Played> {
  const { checks, tell, moves, longestGapMs } = options;
  tell(`scenario ${name}: ${story}`);
  const measurements: Measurement[] = [];
  const check = (what: string, held: boolean, detail = '') => {
    checks.add({ during: name, what, held, detail });
  };
  const scene: Scene = {
    ...stage,
    moves,
    longestGapMs,
    check,
    measured: (what, value, unit) => {
      measurements.push({ what, value, unit });
      tell(`  ${what}: ${Math.round(value)} ${unit}`);
    },
  };
  stage.evidence.begin(name);
  const began = performance.now();
  try {
    await act(scene);
    check('it went to its end', true);
  } catch (error) {
    check('it went to its end', false, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await Promise.all([stage.alice, stage.bob].map(({ person }) => backHome(person)));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  await stage.operator.sample();
  return { name, story, measurements, tookMs: performance.now() - began };
}
