/** A media worker is killed with all calls on it. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../clients/ears.ts';
import { distinct, duplicatesIn, judge } from '../judge/judge.ts';
import { missedKill } from '../judge/kill.ts';
import type { Place } from '../judge/kill.ts';
import { percentilesOf } from '../judge/silence.ts';
import { leftBehind } from '../judge/state.ts';
import { hangUp, makeCalls, pairsOf } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { look } from '../stage/look.ts';
import { isGone, mediaWorkersOf, workerStartsIn } from '../stage/processes.ts';
import { Stage } from '../stage/stage.ts';
import { recoveryOf, untilSteady } from './recovery.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';
import { refusalsIn } from './refusals.ts';
import { settled } from './settled.ts';

const recoversWithinMs = 30_000;
/** A node takes a worker for full that has not answered for as long as a request may take. */
const takenForFullMs = 7_000;

async function play({ run, calls, tell }: ScenarioOptions): Promise<Outcome> {
  const stage = await Stage.set({ run, nodes: 1 });
  const crowd = new Crowd(stage);
  try {
    const [one = 0, other = 0] = await mediaWorkersOf(stage.node('node1').pid);
    await crowd.know(calls * 2);
    const pairs = pairsOf(await crowd.connect());
    // So that all calls are on the one that will die: the other answers nothing meanwhile, and gets none.
    process.kill(other, 'SIGSTOP');
    await delay(takenForFullMs);
    const talks = await makeCalls(pairs).finally(() => process.kill(other, 'SIGCONT'));
    tell(`${talks.length} calls with sound both ways, all on media worker ${one}`);
    await untilSteady(talks, recoversWithinMs);

    const before = placesOf(talks);
    const faultAt = now();
    process.kill(one, 'SIGKILL');
    await untilSteady(talks, recoversWithinMs);
    const { backMs, lost } = recoveryOf(talks, faultAt);
    const mediaBackMs = percentilesOf(backMs);
    const after = placesOf(talks);
    const killed = { pid: one, isGone: await isGone(one), sessions: before.length, movedTo: after.length };
    const missed = missedKill({ ...killed, starts: workerStartsIn(stage.node('node1').logs()), before, after });
    tell(`media back at each client after ${mediaBackMs.p50} ms (p50), ${mediaBackMs.p95} ms (p95)`);

    for (const line of refusalsIn(stage.diary)) tell(line);
    const during = judge(await settled(stage));
    await hangUp(talks);
    const over = await settled(stage);
    const rest = leftBehind((await look(stage)).nodes);
    const violations = distinct([...missed, ...lost, ...during, ...judge(over), ...rest]);
    return { calls, lost: lost.length, duplicates: duplicatesIn(violations), mediaBackMs, killed, violations };
  } finally {
    await crowd.close();
    await stage.close();
  }
}

/** Of the sessions that devices have now. */
function placesOf(talks: readonly Talk[]): readonly Place[] {
  return talks.flatMap(({ callId, caller, callee }) =>
    [caller, callee].flatMap(({ userId, lines }) => {
      const place = lines.get(callId)?.seat?.place;
      return place === undefined ? [] : [{ device: userId, ...place }];
    }),
  );
}

export const worker: Scenario = {
  story: 'kill -9 of a media worker with all calls on it, of two on one node',
  calls: 50,
  play,
};
