/** All that must hold, whatever died. */
import { doubleAnswers, heardWrongly, notUpToDate, storedGaps } from './events.ts';
import type { Evidence, Rule, Violation } from './evidence.ts';
import { hooksMissing, hooksOutOfOrder, hooksTwice } from './hooks.ts';
import { rangTwice } from './ringing.ts';
import { indexesDiffer, orphans, ownerless } from './state.ts';

export interface JudgeOptions {
  /** The store came back empty: what had been written there alone cannot be asked for. */
  readonly storeWasLost?: boolean;
}

export function judge(evidence: Evidence, { storeWasLost = false }: JudgeOptions = {}): readonly Violation[] {
  const { diary, hooks, truth, nodes } = evidence;
  return [
    ...ownerless(truth),
    ...orphans(truth, nodes),
    ...indexesDiffer(truth),
    ...doubleAnswers(truth, diary),
    ...storedGaps(truth),
    ...heardWrongly(diary),
    ...notUpToDate(truth, diary),
    ...rangTwice(diary),
    ...hooksTwice(hooks),
    ...hooksOutOfOrder(hooks),
    ...(storeWasLost ? [] : hooksMissing(hooks, truth)),
  ];
}

/** Each once, though it was seen more often. */
export function distinct(violations: readonly Violation[]): readonly Violation[] {
  return [...new Map(violations.map((one) => [`${one.rule}: ${one.what}`, one])).values()];
}

const duplicates: readonly Rule[] = ['double answer', 'event heard twice', 'rang twice', 'webhook twice'];

export const duplicatesIn = (violations: readonly Violation[]): number =>
  violations.filter(({ rule }) => duplicates.includes(rule)).length;
