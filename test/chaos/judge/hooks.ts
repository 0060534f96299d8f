/** What the app's backend was told: each fact of each call once, in order. */
import { repeated } from './events.ts';
import type { Hook, Truth, Violation } from './evidence.ts';

/** The same message twice, or the same fact under two ids, which is as bad. */
export function hooksTwice(hooks: readonly Hook[]): readonly Violation[] {
  return repeated(hooks.map(factOf)).map((what) => ({ rule: 'webhook twice', what }));
}

const factOf = ({ callId, seq }: Hook): string => `${callId} ${seq}`;

export function hooksOutOfOrder(hooks: readonly Hook[]): readonly Violation[] {
  const newest = new Map<string, number>();
  const found: Violation[] = [];
  for (const { callId, seq } of hooks) {
    const before = newest.get(callId) ?? 0;
    if (seq < before) found.push({ rule: 'webhook out of order', what: `${callId}: ${seq} after ${before}` });
    newest.set(callId, Math.max(before, seq));
  }
  return found;
}

/** When all is quiet: each event of each call has been told. */
export function hooksMissing(hooks: readonly Hook[], { calls }: Truth): readonly Violation[] {
  const told = new Set(hooks.map(factOf));
  return calls.flatMap(({ id, events }) =>
    events
      .filter(({ seq }) => !told.has(factOf({ id: '', callId: id, seq })))
      .map(({ seq, type }): Violation => ({ rule: 'webhook missing', what: `${id}: ${seq}, ${type}` })),
  );
}
