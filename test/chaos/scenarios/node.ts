/** A node is killed, or told to drain, with all calls on it; another is there. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../clients/ears.ts';
import type { Violation } from '../judge/evidence.ts';
import { distinct, duplicatesIn, judge } from '../judge/judge.ts';
import { longestSilenceMs, percentilesOf } from '../judge/silence.ts';
import { leftBehind } from '../judge/state.ts';
import { earsOf, hangUp, makeCalls, pairsOf } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { look } from '../stage/look.ts';
import { Stage } from '../stage/stage.ts';
import { recoveryOf, untilSteady } from './recovery.ts';
import { refusalsIn } from './refusals.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';
import { settled } from './settled.ts';

const steadyWithinMs = 30_000;
const recoversWithinMs = 45_000;
const drainTimeoutMs = 60_000;
/** The most that a move may cost anybody of what they hear. */
const moveSilenceLimitMs = 200;

/** Answers what else there is to tell. */
type Fault = (stage: Stage, talks: readonly Talk[], options: ScenarioOptions) => Promise<Record<string, unknown>>;

async function play(options: ScenarioOptions, fault: Fault): Promise<Outcome> {
  const { run, calls, tell } = options;
  const environment = { VEILCAST_DRAIN_TIMEOUT_MS: String(drainTimeoutMs) };
  const stage = await Stage.set({ run, nodes: 2, running: 1, environment });
  const crowd = new Crowd(stage);
  try {
    await crowd.know(calls * 2);
    const devices = await crowd.connect();
    // All on the first node, since there is no other yet.
    const talks = await makeCalls(pairsOf(devices));
    await stage.startNode('node2');
    // Every other device talks to the second, which asks the first.
    for (const [index, device] of devices.entries()) if (index % 2 === 0) await device.move();
    await untilSteady(talks, steadyWithinMs);
    tell(`${talks.length} calls on the first node, half of their devices at the second`);

    const faultAt = now();
    const figures = await fault(stage, talks, options);
    await untilSteady(talks, recoversWithinMs);
    const { backMs, lost } = recoveryOf(talks, faultAt);
    const mediaBackMs = percentilesOf(backMs);
    const silenceMs = Math.round(longestSilenceMs(talks.flatMap(earsOf), { from: faultAt, to: now() }));
    tell(`media back after ${mediaBackMs.p50} ms (p50), ${mediaBackMs.p95} ms (p95); longest silence ${silenceMs} ms`);

    for (const line of refusalsIn(stage.diary)) tell(line);
    const during = judge(await settled(stage));
    await hangUp(talks);
    const after = judge(await settled(stage));
    const rest = leftBehind((await look(stage)).nodes);
    const violations = distinct([...lost, ...during, ...after, ...rest]);
    const counted = { calls, lost: lost.length, duplicates: duplicatesIn(violations), mediaBackMs };
    return { ...counted, violations: [...violations, ...tooLong(figures, silenceMs)], silenceMs, ...figures };
  } finally {
    await crowd.close();
    await stage.close();
  }
}

function tooLong({ drainedMs }: Record<string, unknown>, silenceMs: number): readonly Violation[] {
  if (drainedMs === undefined || silenceMs <= moveSilenceLimitMs) return [];
  return [{ rule: 'silence', what: `${silenceMs} ms while calls moved` }];
}

const kill: Fault = async (stage) => {
  await stage.killNode('node1');
  return {};
};

/** The process ends by itself when the last call has moved. */
const drain: Fault = async (stage, _, { tell }) => {
  const began = performance.now();
  const exitCode = await stage.stopNode('node1');
  const drainedMs = Math.round(performance.now() - began);
  tell(`the first node ended with ${exitCode} after ${drainedMs} ms`);
  // What came of the last move is heard a moment later.
  await delay(500);
  return { drainedMs, exitCode };
};

export const node: Scenario = {
  story: 'kill -9 of one of two nodes, with all calls on it',
  calls: 50,
  play: (options) => play(options, kill),
};

export const draining: Scenario = {
  story: 'SIGTERM to one of two nodes, with all calls on it',
  calls: 50,
  play: (options) => play(options, drain),
};
