/** One outage of the store, watched from all sides. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../clients/device.ts';
import { now } from '../clients/ears.ts';
import type { Evidence, Violation } from '../judge/evidence.ts';
import { longestSilenceMs } from '../judge/silence.ts';
import { indexesDiffer, orphans, ownerless } from '../judge/state.ts';
import { earsOf } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import { look } from '../stage/look.ts';
import type { Stage } from '../stage/stage.ts';

export interface Outage {
  readonly forMs: number;
  readonly comesBack: 'with its data' | 'empty' | 'another takes over';
}
export interface OutageSeen {
  /** The longest that anybody heard nobody, and all speech that never came. */
  readonly silenceMs: number;
  readonly missedMs: number;
  /** From its return until the store and the nodes said the same. */
  readonly stateBackMs: number;
  /** Calls that were tried meanwhile, and the longest that a refusal took. */
  readonly refused: number;
  readonly refusalMs: number;
  readonly refusals: readonly string[];
}
export interface OutageOptions {
  readonly stage: Stage;
  readonly what: Outage;
  readonly talks: readonly Talk[];
  readonly ringing: readonly Talk[];
  /** The first tries to call the second while the store is away. */
  readonly tries: readonly [Device, Device];
  readonly tell: (line: string) => void;
}

const tryEveryMs = 500;
const stateWithinMs = 5_000;
/** Below it a busy machine alone may have been the reason. */
const silenceLimitMs = 200;
const failoverWithinMs = 30_000;

export async function outage(options: OutageOptions): Promise<{ seen: OutageSeen; violations: readonly Violation[] }> {
  const { stage, what, talks, ringing, tell } = options;
  const missedBefore = missed(talks);
  const faultAt = now();
  await stage.store.kill();
  const tried = await tryAllTheWhile(options, faultAt);
  const backAt = now();
  const known = [...talks, ...ringing].map(({ callId }) => callId);
  const stateBackMs = await untilTrue(stage, known, backAt);
  const silenceMs = Math.round(longestSilenceMs(talks.flatMap(earsOf), { from: faultAt, to: now() }));
  const seen: OutageSeen = {
    silenceMs,
    stateBackMs,
    missedMs: Math.round(missed(talks) - missedBefore),
    refused: tried.refusals.length,
    refusalMs: Math.round(tried.longestMs),
    refusals: [...new Set(tried.refusals)],
  };
  tell(JSON.stringify(seen));
  const violations: Violation[] = [...tried.violations];
  if (silenceMs > silenceLimitMs) violations.push({ rule: 'silence', what: `${silenceMs} ms without a store` });
  if (stateBackMs > stateWithinMs && what.comesBack !== 'another takes over') {
    violations.push({ rule: 'state late', what: `${stateBackMs} ms after the store was back` });
  }
  return { seen, violations };
}

interface Tried {
  readonly refusals: string[];
  readonly violations: Violation[];
  longestMs: number;
}

/** Until the store is back: an outage has its time, a failover as long as it takes until somebody may call again. */
async function tryAllTheWhile({ stage, what, tries }: OutageOptions, faultAt: number): Promise<Tried> {
  const tried: Tried = { refusals: [], violations: [], longestMs: 0 };
  const isOver = () => now() - faultAt > (what.comesBack === 'another takes over' ? failoverWithinMs : what.forMs);
  while (!isOver()) {
    const began = now();
    const admitted = await tryOnce(tries, tried);
    tried.longestMs = Math.max(tried.longestMs, now() - began);
    if (admitted !== undefined) {
      if (what.comesBack === 'another takes over') {
        await tries[0].leave(admitted);
        return tried;
      }
      tried.violations.push({ rule: 'wrongly admitted', what: `${admitted} without a store` });
    }
    const leftMs = what.comesBack === 'another takes over' ? tryEveryMs : faultAt + what.forMs - now();
    await delay(Math.max(0, Math.min(tryEveryMs, leftMs)));
  }
  if (what.comesBack !== 'another takes over') await stage.store.restart(what.comesBack);
  return tried;
}

/** The id of the call that was admitted. */
async function tryOnce([caller, callee]: OutageOptions['tries'], tried: Tried): Promise<string | undefined> {
  try {
    return await caller.call([callee.userId]);
  } catch (error) {
    tried.refusals.push(codeIn(String(error)));
    return undefined;
  }
}

const codeIn = (refusal: string): string => {
  const [, status = '', code = ''] = /: (\d{3}) .*"code":"([a-z_]+)"/.exec(refusal) ?? [];
  return status === '' ? refusal : `${status} ${code}`;
};

const missed = (talks: readonly Talk[]): number =>
  talks.flatMap(earsOf).reduce((sum, { missedMs }) => sum + missedMs, 0);

/** Milliseconds after `since`. */
async function untilTrue(stage: Stage, known: readonly string[], since: number): Promise<number> {
  while (now() - since < stateWithinMs * 6) {
    const evidence = await look(stage).catch(() => undefined);
    if (evidence !== undefined && isTrue(evidence, known)) break;
    await delay(100);
  }
  return Math.round(now() - since);
}

/** Every call that continues is in the store as it is, with all who are in it connected. */
function isTrue({ truth, nodes }: Evidence, known: readonly string[]): boolean {
  const wrong = [...ownerless(truth), ...orphans(truth, nodes), ...indexesDiffer(truth)];
  if (wrong.length > 0) return false;
  const calls = new Map(truth.calls.map((call) => [call.id, call]));
  return known.every((callId) => {
    const call = calls.get(callId);
    if (call === undefined || call.phase === 'ended') return false;
    return call.participants.every(({ state, presence }) => state !== 'joined' || presence === 'connected');
  });
}
