/** All attacks side by side, beside calls in progress, and what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../chaos/clients/ears.ts';
import type { Violation } from '../chaos/judge/evidence.ts';
import { distinct, judge } from '../chaos/judge/judge.ts';
import { leftBehind } from '../chaos/judge/state.ts';
import { longestSilenceMs } from '../chaos/judge/silence.ts';
import { Dice } from '../../src/load/plan/dice.ts';
import { untilSteady } from '../chaos/scenarios/recovery.ts';
import { refusalsIn } from '../chaos/scenarios/refusals.ts';
import { settled } from '../chaos/scenarios/settled.ts';
import { earsOf, flows, hangUp, makeCalls, pairsOf } from '../chaos/stage/calls.ts';
import type { Talk } from '../chaos/stage/calls.ts';
import { look } from '../chaos/stage/look.ts';
import { onLoopback } from '../chaos/stage/machines.ts';
import { Stage } from '../chaos/stage/stage.ts';
import { attackAll } from './attackAll.ts';
import type { Attacked } from './attackAll.ts';
import { fill } from './attacks/lists.ts';
import { startDeadReceiver } from './attacks/deadReceiver.ts';
import { latenessOf, p99Of } from './judge/lateness.ts';
import { outcomeOf } from './judge/outcome.ts';
import type { Outcome } from './judge/outcome.ts';
import { gatherPeople } from './people.ts';
import type { People } from './people.ts';
import { ringMs } from './torment.ts';
import type { Torment, Tried, Window } from './torment.ts';
import { CrashWatch } from './watch/crashes.ts';
import { closeFetch } from './watch/fetching.ts';
import { handlesInWords, openHandlesOf } from './watch/handles.ts';
import { longestOf, noTurnsYet, turnsOf, watchedLoop } from './watch/turns.ts';

export interface TortureOptions {
  readonly run: number;
  readonly seed: number;
  readonly minutes: number;
  readonly calls: number;
  /** Attacks that are left out. */
  readonly without: readonly string[];
  /** The checkout whose bundles are tortured; this one, unless it is told. */
  readonly product: string | undefined;
  readonly tell: (line: string) => void;
}

/** Until the judge has read them. */
const keptMs = 1_800_000;
const fullMinutes = 5;
const steadyWithinMs = 30_000;
/** Floods take the processor from media for a moment on a small machine; a person notices a second. */
const silenceLimitMs = 1_000;
const soundMs = 2_000;
const settledForMs = 3_000;
const handlesWithinMs = 30_000;
const settlesWithinMs = 30_000;
const maxLooks = 5;
const lookAgainMs = 3_000;
const nodes = ['node1', 'node2'] as const;

export async function torture(options: TortureOptions): Promise<Outcome> {
  const { run, product, tell } = options;
  await noTurnsYet(nodes);
  const stage = await Stage.set({
    run,
    nodes: nodes.length,
    checkout: product,
    ofNode: watchedLoop,
    environment: { VEILCAST_ENDED_CALL_TTL_MS: String(keptMs), VEILCAST_RING_TIMEOUT_MS: String(ringMs) },
  });
  const crashes = new CrashWatch(stage, tell);
  tell('two nodes, lifecycle workers and Redis run');
  const openBefore = await settledHandles(stage, tell);
  const people = await gatherPeople(stage, options.calls);
  tell('everybody who takes part is known and connected');
  try {
    crashes.start();
    const played = await attackedCalls({ ...options, stage, people });
    await people.close();
    await crashes.stop();
    const openHandlesLeft = await handlesLeft(stage, openBefore, tell);
    const turns = (await Promise.all(nodes.map(turnsOf))).flat();
    const longest = longestOf(turns, played.attacked, crashes.servesSince);
    if (longest[0] === undefined) throw new Error('nobody watched the event loops');
    for (const { pid, from, longestMs } of longest.slice(0, 5)) {
      tell(`${Math.round(longestMs)} ms of CPU time in one turn of ${pid} at ${new Date(from).toISOString()}`);
    }
    const measured = { crashes: crashes.crashes, loopBlockedMs: longest[0].longestMs, openHandlesLeft, ...played };
    return outcomeOf(measured, { calls: options.calls, scale: Math.min(1, options.minutes / fullMinutes) });
  } finally {
    // First, so that what is ended here is not taken for a crash.
    await crashes.stop();
    await people.close();
    await stage.close();
  }
}

interface Playing extends TortureOptions {
  readonly stage: Stage;
  readonly people: People;
}

async function attackedCalls(playing: Playing): Promise<Played> {
  const { stage, people, seed, minutes, tell } = playing;
  const tried: Tried = { cuts: 0, herds: 0, badCredentials: 0, deadReceiverMessages: 0, listed: 0 };
  const found: Violation[] = [];
  const windows: Window[] = [];
  const torment: Omit<Torment, 'until'> = {
    windows,
    stage,
    tried,
    found,
    tell,
    scale: minutes / fullMinutes,
    dice: new Dice(seed),
  };
  await fill({ ...torment, until: Number.POSITIVE_INFINITY });
  tell('thousands of users are known');
  const talks = await makeCalls(pairsOf(people.talkers));
  await untilSteady(talks, steadyWithinMs);
  tell(`${talks.length} calls with sound both ways`);
  const dead = await startDeadReceiver(stage.clientAddress);
  await stage.subscribeWebhooks(dead.url);
  const before = stage.webhooks.accepted.length;
  const from = Date.now();
  const beganAt = now();
  const attacked = await attackAll({ ...torment, until: from + minutes * 60_000 }, people, playing);
  const to = Date.now();
  tried.deadReceiverMessages = dead.connections() === 0 ? 0 : stage.webhooks.accepted.length - before;
  tell(`attacked: ${JSON.stringify(tried)}, ${dead.connections()} connections to the receiver that never answers`);
  await untilSteady(talks, steadyWithinMs);
  const lost = lostOf(stage, talks, beganAt);
  for (const line of refusalsIn(stage.diary)) tell(line);
  const during = judge(await patiently(() => settled(stage, settlesWithinMs), tell));
  const late = p99Of(lateOf(playing, attacked, { windows, endedAt: to }));
  await hangUp(talks);
  const over = judge(await patiently(() => settled(stage, settlesWithinMs), tell));
  const rest = leftBehind((await patiently(() => look(stage), tell)).nodes);
  await dead.close();
  return {
    calls: talks.length + tried.herds,
    tried,
    webhooksOfOthersP99Ms: late,
    attacked: { from, to },
    found: distinct([...found, ...lost, ...during, ...over, ...rest]),
  };
}

/** A tortured store or node may be too busy to be looked at: then again, a bounded number of times. */
async function patiently<T>(lookOnce: () => Promise<T>, tell: (line: string) => void): Promise<T> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await lookOnce();
    } catch (error) {
      tell(`not to be looked at yet: ${String(error)}`);
      if (looks === maxLooks) throw error;
      await delay(lookAgainMs);
    }
  }
}

interface Played {
  readonly calls: number;
  readonly tried: Tried;
  readonly webhooksOfOthersP99Ms: number;
  readonly attacked: { readonly from: number; readonly to: number };
  readonly found: readonly Violation[];
}

/** Calls that continue to the end, and in which nobody fell silent for longer than anybody would bear. */
function lostOf({ diary }: Stage, talks: readonly Talk[], from: number): readonly Violation[] {
  const at = now();
  return talks.flatMap((talk): Violation[] => {
    if (!flows(talk, at, soundMs)) {
      const told = diary.of('told').findLast(({ call }) => call.callId === talk.callId)?.call;
      return [{ rule: 'call lost', what: `${talk.callId} is silent, ${told?.phase ?? 'new'} ${told?.reason ?? ''}` }];
    }
    const silenceMs = Math.round(longestSilenceMs(earsOf(talk), { from, to: at }));
    return silenceMs <= silenceLimitMs ? [] : [{ rule: 'silence', what: `${silenceMs} ms in ${talk.callId}` }];
  });
}

function lateOf(
  { stage, tell }: Playing,
  { happened }: Attacked,
  about: { windows: readonly Window[]; endedAt: number },
): readonly number[] {
  const late = latenessOf(happened, stage.webhooks.received, about);
  const sorted = late.toSorted((one, other) => one - other);
  tell(
    `webhooks late: ${sorted[sorted.length >> 1] ?? 0} ms (p50), ${sorted.at(-1) ?? 0} ms at most, of ${late.length}`,
  );
  return late;
}

/** A node that has just begun to serve still opens connections to the store, such as that of its lease. */
async function settledHandles(stage: Stage, tell: (line: string) => void): Promise<ReadonlyMap<string, number>> {
  let before = await openHandles(stage);
  for (;;) {
    await delay(settledForMs);
    const after = await openHandles(stage);
    if ([...after].every(([name, count]) => before.get(name) === count)) break;
    before = after;
  }
  for (const [name, { pid }] of stage.nodes) tell(`open at ${name}: ${await handlesInWords(pid)}`);
  return before;
}

/** Without the clients' connections, which are there while clients are. */
async function openHandles(stage: Stage): Promise<ReadonlyMap<string, number>> {
  const clients = stage.run === onLoopback ? undefined : stage.clientAddress;
  const counts = [...stage.nodes].map(async ([name, { pid }]) => [name, await openHandlesOf(pid, clients)] as const);
  return new Map(await Promise.all(counts));
}

/** When every client is gone. */
async function handlesLeft(
  stage: Stage,
  before: ReadonlyMap<string, number>,
  tell: (line: string) => void,
): Promise<number> {
  await closeFetch();
  const deadline = now() + handlesWithinMs;
  for (;;) {
    const left = await Promise.all(
      [...stage.nodes].map(async ([name, { pid }]) => (await openHandlesOf(pid)) - (before.get(name) ?? 0)),
    );
    const sum = left.reduce((all, one) => all + Math.max(0, one), 0);
    if (sum === 0) return 0;
    if (now() > deadline) {
      for (const [name, { pid }] of stage.nodes) tell(`open at ${name} still: ${await handlesInWords(pid)}`);
      return sum;
    }
    await delay(500);
  }
}
