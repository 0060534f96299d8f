/** One line that tells how the product stood it. */
import type { Violation } from '../../chaos/judge/evidence.ts';
import type { Tried } from '../torment.ts';

export interface Measured {
  readonly calls: number;
  readonly crashes: readonly string[];
  readonly loopBlockedMs: number;
  readonly openHandlesLeft: number;
  readonly webhooksOfOthersP99Ms: number;
  readonly tried: Tried;
  readonly found: readonly Violation[];
}
export interface Outcome {
  readonly calls: number;
  readonly lost: number;
  readonly ghosts: number;
  readonly crashes: number;
  readonly loopBlockedMs: { readonly max: number };
  readonly openHandlesLeft: number;
  readonly late: { readonly webhooksOfOthersMs: { readonly p99: number } };
  readonly tried: Tried;
  readonly violations: readonly Violation[];
}

/** For five minutes; a shorter run is asked for less. */
export const leastTried = { calls: 20, cuts: 2_000, herds: 10, deadReceiverMessages: 500 } as const;
/** Of the longest turn of a node's event loop, in CPU time: beyond it other nodes begin to doubt this one. */
export const loopLimitMs = 50;
/** Others notice no more than a busy second or two: a receiver that never answers is held for ten. */
export const lateLimitMs = 2_000;

export interface Least {
  readonly calls: number;
  /** Of what five minutes must try. */
  readonly scale: number;
}

export function outcomeOf(measured: Measured, least: Least): Outcome {
  const violations = [...measured.found, ...broken(measured), ...tooLittle(measured, least)];
  const count = (rule: Violation['rule']) => violations.filter((one) => one.rule === rule).length;
  return {
    calls: measured.calls,
    lost: count('call lost'),
    ghosts: count('ghost'),
    crashes: measured.crashes.length,
    loopBlockedMs: { max: Math.round(measured.loopBlockedMs) },
    openHandlesLeft: measured.openHandlesLeft,
    late: { webhooksOfOthersMs: { p99: measured.webhooksOfOthersP99Ms } },
    tried: measured.tried,
    violations,
  };
}

function broken({ crashes, loopBlockedMs, openHandlesLeft, webhooksOfOthersP99Ms }: Measured): readonly Violation[] {
  const found: Violation[] = crashes.map((what) => ({ rule: 'crash', what }));
  if (loopBlockedMs > loopLimitMs) {
    found.push({ rule: 'loop blocked', what: `${Math.round(loopBlockedMs)} ms of CPU time in one turn` });
  }
  if (openHandlesLeft > 0)
    found.push({ rule: 'handle left', what: `${openHandlesLeft} are open after everything is closed` });
  if (webhooksOfOthersP99Ms > lateLimitMs) {
    found.push({ rule: 'webhook late', what: `${webhooksOfOthersP99Ms} ms (p99) beside a dead receiver` });
  }
  return found;
}

function tooLittle({ calls, tried }: Measured, least: Least): readonly Violation[] {
  const wanted = {
    calls: least.calls,
    cuts: Math.floor(leastTried.cuts * least.scale),
    herds: Math.floor(leastTried.herds * least.scale),
    deadReceiverMessages: Math.floor(leastTried.deadReceiverMessages * least.scale),
    badCredentials: 1,
    listed: 1,
  };
  const done: Readonly<Record<keyof typeof wanted, number>> = { calls, ...tried };
  return (['calls', 'cuts', 'herds', 'deadReceiverMessages', 'badCredentials', 'listed'] as const)
    .filter((kind) => done[kind] < wanted[kind])
    .map((kind) => ({ rule: 'too little tried', what: `${kind}: ${done[kind]} of ${wanted[kind]}` }));
}
