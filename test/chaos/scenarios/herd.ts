/** Everybody in one call acts at once: answers, leaves, comes back, joins anew, holds; then a media worker dies under them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../clients/device.ts';
import { now } from '../clients/ears.ts';
import { Herd } from '../herd/herd.ts';
import { lostCall, viewOf } from '../herd/view.ts';
import type { Violation } from '../judge/evidence.ts';
import { ghosts, isContention, refusedForContention, unanswered } from '../judge/ghosts.ts';
import type { Refusal } from '../judge/ghosts.ts';
import { distinct, duplicatesIn, judge } from '../judge/judge.ts';
import { workerOf } from '../judge/kill.ts';
import { percentilesOf } from '../judge/silence.ts';
import { leftBehind } from '../judge/state.ts';
import { Dice } from '../../../src/load/plan/dice.ts';
import type { Talk } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { look } from '../stage/look.ts';
import { workerStartsIn } from '../stage/processes.ts';
import { Stage } from '../stage/stage.ts';
import { readTruth } from '../stage/truth.ts';
import { recoveryOf, untilSteady } from './recovery.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';
import { settled } from './settled.ts';

const rounds = 4;
/** Of these the worker under the call is killed. */
const killedRounds = 2;
const steadyWithinMs = 30_000;
/** So long after the last act every ghost must have been found and removed. */
const ghostsWithinMs = 15_000;

async function play(options: ScenarioOptions): Promise<Outcome> {
  const { run, calls, participants, seed, tell } = options;
  const stage = await Stage.set({ run, nodes: 2 });
  const [speakers, silent] = [new Crowd(stage), new Crowd(stage, { answering: false, media: false, first: 2 })];
  try {
    const [host, second] = await peopleIn(speakers, 2);
    const members = await peopleIn(silent, participants - 2);
    if (host === undefined || second === undefined) throw new Error('a herd has two who speak');
    await speakers.befriend(
      host.userId,
      [...speakers.userIds, ...silent.userIds].filter((id) => id !== host.userId),
    );
    const dice = new Dice(seed);
    const herds: Seen[] = [];
    for (let at = 0; at < calls; at += 1) {
      herds.push(await playOne({ stage, host, second, members, dice, tell }));
    }
    const evidence = await settled(stage);
    const rest = leftBehind((await look(stage)).nodes);
    const violations = distinct([...herds.flatMap((herd) => herd.violations), ...judge(evidence), ...rest]);
    const count = (rule: Violation['rule']) => violations.filter((one) => one.rule === rule).length;
    return {
      calls,
      lost: count('call lost'),
      duplicates: duplicatesIn(violations),
      mediaBackMs: percentilesOf(herds.flatMap(({ backMs }) => backMs)),
      participants,
      seed,
      acts: herds.reduce((sum, { acts }) => sum + acts, 0),
      refusedForContention: count('refused for contention'),
      ghosts: count('ghost'),
      violations,
    };
  } finally {
    await Promise.all([speakers.close(), silent.close()]);
    await stage.close();
  }
}

async function peopleIn(crowd: Crowd, count: number): Promise<readonly Device[]> {
  await crowd.know(count);
  return crowd.connect();
}

interface Playing {
  readonly stage: Stage;
  readonly host: Device;
  readonly second: Device;
  readonly members: readonly Device[];
  readonly dice: Dice;
  readonly tell: (line: string) => void;
}
interface Seen {
  readonly acts: number;
  readonly backMs: readonly number[];
  readonly violations: readonly Violation[];
}

async function playOne(playing: Playing): Promise<Seen> {
  const { stage, host, second, members, dice, tell } = playing;
  const refusedBefore = stage.diary.entries.length;
  const herd = await Herd.gather({ host, steady: [second], members, dice });
  const talk: Talk = { callId: herd.callId, caller: host, callee: second };
  await herd.answerAtOnce();
  await untilSteady([talk], steadyWithinMs);
  let faultAt = now();
  for (let round = 0; round < rounds; round += 1) {
    const acting = herd.actAtOnce();
    if (round >= rounds - killedRounds) {
      faultAt = now();
      killWorkerUnder(playing, herd);
    }
    await acting;
    await untilSteady([talk], steadyWithinMs);
  }
  await delay(Math.max(0, herd.lastActAt + ghostsWithinMs - now()));
  const { backMs, lost } = recoveryOf([talk], faultAt);
  const truth = await readTruth(stage.store);
  const members15 = await viewOf(herd, truth, stage.node('node1'));
  await herd.leaveAtOnce();
  const refusals = [...herd.refusals, ...refusedIn(stage, refusedBefore)];
  for (const line of summaryOf(refusals)) tell(line);
  tell(`${herd.acts} acts, ${refusals.filter(isContention).length} refused for contention`);
  return {
    acts: herd.acts,
    backMs,
    violations: [
      ...lost,
      ...lostCall(herd, truth),
      ...ghosts(herd.callId, members15),
      ...refusedForContention(refusals),
      ...unanswered(refusals),
    ],
  };
}

function killWorkerUnder({ stage, host, tell }: Playing, { callId }: Herd): void {
  const place = host.lines.get(callId)?.seat?.place;
  const worker = [...stage.nodes.values()]
    .filter(({ url }) => place?.address !== undefined && url.includes(`//${place.address}:`))
    .map((node) => workerOf({ device: host.userId, port: place?.port, since: now() }, workerStartsIn(node.logs())))
    .find((pid) => pid !== undefined);
  if (worker === undefined) throw new Error(`nobody knows which media worker has ${callId}`);
  process.kill(worker, 'SIGKILL');
  tell(`media worker ${worker} killed`);
}

/** What devices asked for by themselves, such as to join again. */
function refusedIn({ diary }: Stage, since: number): readonly Refusal[] {
  return diary.entries.slice(since).flatMap((entry) => {
    return entry.kind === 'refused' ? [{ userId: entry.userId, what: entry.what, why: entry.why, at: entry.at }] : [];
  });
}

function summaryOf(refusals: readonly Refusal[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { what, why } of refusals) {
    const line = `${what}: ${why}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `refused ${count} times, ${line}`);
}

export const herd: Scenario = {
  story: 'everybody in one call acts at once, and the media worker under them is killed twice',
  calls: 1,
  play,
};
