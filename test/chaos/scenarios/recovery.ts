/** From a fault to the moment at which everybody hears everybody again, and what that took. */
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../clients/ears.ts';
import type { Violation } from '../judge/evidence.ts';
import { backAfterMs, longestSilenceMs, noticedMs } from '../judge/silence.ts';
import type { Span } from '../judge/silence.ts';
import { earsOf, flows } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';

const lookEveryMs = 50;
/** Sound that comes within it is there. */
const freshMs = 300;
/** So long it must have been there before it counts as back for good. */
const steadyMs = 2_000;

/** Answers when all talks have had sound for a while, or when the time is over. */
export async function untilSteady(talks: readonly Talk[], limitMs: number): Promise<void> {
  const deadline = now() + limitMs;
  let since = now();
  while (now() < deadline && now() - since < steadyMs) {
    await delay(lookEveryMs);
    if (!talks.every((talk) => flows(talk, now(), freshMs))) since = now();
  }
}

/** For faults that may silence somebody later than at once, or nobody: how long each ear heard nothing, 0 for no time. */
export function silencesOf(talks: readonly Talk[], span: Span): readonly number[] {
  return talks.flatMap(earsOf).map((ear) => {
    const ms = longestSilenceMs([ear], span);
    return ms < noticedMs ? 0 : ms;
  });
}

export interface Recovery {
  /** For each client and direction that came back. */
  readonly backMs: readonly number[];
  readonly lost: readonly Violation[];
}

/** A call is lost when one of its two directions never came back. */
export function recoveryOf(talks: readonly Talk[], faultAt: number): Recovery {
  const seenAt = now();
  const backMs: number[] = [];
  const lost: Violation[] = [];
  for (const talk of talks) {
    const ears = earsOf(talk);
    const back = ears.map((ear) => backAfterMs(ear, faultAt, seenAt));
    backMs.push(...back.filter((ms) => ms !== undefined));
    if (ears.length === 2 && back.every((ms) => ms !== undefined)) continue;
    const silent = ears.filter((_, index) => back[index] === undefined).map(({ listener }) => listener);
    lost.push({ rule: 'call lost', what: `${talk.callId}: ${silent.join(' and ')} heard nobody any more` });
  }
  return { backMs, lost };
}
