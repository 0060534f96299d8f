/**
 * The store may lose what it had: it restarts empty, or fails over to a copy of itself that lacks the last writes. Then
 * every node puts back what it knows, and never over what is newer.
 */
import type { Call } from '../../domain/call/call.ts';
import { areNewest } from '../../domain/call/events.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import { timerEffects, withTimeAnew } from '../../domain/call/timers.ts';
import type { CallCopies, HeldCopy } from '../../ports/call/callCopies.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { StoreIncarnation } from '../../ports/cluster/storeIncarnation.ts';
import { Contention } from '../call/running/contention.ts';
import { eachOf } from '../../support/eachOf.ts';

export interface RestoreContext {
  /** The store itself, which knows of no copies. */
  readonly store: CallStore;
  readonly copies: CallCopies;
  readonly life: StoreIncarnation;
  readonly clock: Clock;
  /** How long the store keeps a call that is over. */
  readonly endedCallTtlMs: number;
}

/** What the store holds of a call, after what it lost of it was put back. */
export interface Restored {
  readonly call: Call | undefined;
  readonly wasLost: boolean;
}

export async function loadRestored(context: RestoreContext, callId: CallId): Promise<Restored> {
  const { store, copies, clock } = context;
  const contention = new Contention();
  for (;;) {
    // Read before the store is: a change that this process learns while the answer is on its way was not lost.
    const copy = copies.of(callId);
    const stored = await store.load(callId);
    if (copy === undefined || !(await isBehind(context, copy, stored))) return { call: stored, wasLost: false };
    const { events } = copy;
    const call = withTimeAnew(copy.call, clock.now());
    const answer = await store.restore({ call, events, effects: timerEffects(undefined, call), over: stored });
    if (answer === 'saved') {
      // A change that came meanwhile is newer.
      if (copies.of(callId) === copy) copies.keep({ call, events });
      return { call, wasLost: true };
    }
    // Its owner knows better, and the store takes it later.
    if (answer === 'unwritable') return { call: copy.call, wasLost: false };
    // Another process puts back the same call, or changes it.
    await contention.lost();
  }
}

/** News of a call, which may come after a gap. */
export async function learnChange({ store, copies }: RestoreContext, change: CallChange): Promise<void> {
  if (copies.learn(change)) return;
  const { call } = change;
  await keepAnew({ store, copies }, call);
}

/** A node may own thousands of calls: few at a time leave the store and the event loop to others. */
const atOnce = 32;

/** Puts back whatever is lost, and brings the copies in line with the store. Answers how many calls were put back. */
export async function restoreCalls(context: RestoreContext, open: readonly CallId[]): Promise<number> {
  const { copies } = context;
  const ids = new Set([...open, ...copies.all().map(({ call }) => call.id)]);
  let restored = 0;
  await eachOf(ids, atOnce, async (callId) => {
    if (await settle(context, callId)) restored += 1;
  });
  return restored;
}

async function settle(context: RestoreContext, callId: CallId): Promise<boolean> {
  const { copies } = context;
  const { call, wasLost } = await loadRestored(context, callId);
  const copy = copies.of(callId);
  // Nothing could be put back.
  if (copy?.isUnsaved === true && call === copy.call) return false;
  if (call === undefined) copies.drop(callId);
  else if (copy !== undefined && isSame(call, copy.call)) copies.keep(copy);
  else await keepAnew(context, call);
  return wasLost;
}

async function keepAnew({ store, copies }: Pick<RestoreContext, 'store' | 'copies'>, call: Call): Promise<void> {
  const events = await store.eventsAfter(call.id, 0);
  // Others than the newest: it changed in between, and its news are on their way.
  if (areNewest(events, call.lastEvent)) copies.keep({ call, events });
}

/**
 * A call that is missing was lost with all else; or with the last writes: it was there so lately that, had it ended, it
 * could still be read. One that is missing otherwise has ended, and nobody told this process.
 */
async function isBehind(context: RestoreContext, copy: HeldCopy, stored: Call | undefined): Promise<boolean> {
  if (stored !== undefined) return stored.version < copy.call.version;
  if (copy.call.phase === 'ended') return copy.isUnsaved;
  const { clock, endedCallTtlMs, life } = context;
  return clock.now() < copy.storedAt + endedCallTtlMs || life.isAnother();
}

/** Two states of one version differ when the store lost the one, and somebody decided otherwise before it was put back. */
function isSame(one: Call, other: Call): boolean {
  return one.version === other.version && JSON.stringify(one) === JSON.stringify(other);
}
