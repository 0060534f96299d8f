/**
 * The store may lose data: it restarts empty, or fails over to a replica that lacks the last writes. Then every node
 * restores what it knows, and never overwrites anything newer.
 */
import type { Call } from '../../domain/call/call.ts';
import { areNewest } from '../../domain/call/events.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import { timerEffects, withTimeAnew } from '../../domain/call/deadlines.ts';
import type { CallCopies, HeldCopy } from '../../ports/call/callCopies.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { StoreIncarnation } from '../../ports/cluster/storeIncarnation.ts';
import { Contention } from '../call/running/contention.ts';
import { eachOf } from '../../support/eachOf.ts';

export interface RestoreContext {
  /** The store itself, without the copies. */
  readonly store: CallStore;
  readonly copies: CallCopies;
  readonly life: StoreIncarnation;
  readonly clock: Clock;
  /** How long the store keeps an ended call. */
  readonly endedCallTtlMs: number;
}

/** The state of a call in the store, after its lost data was restored. */
export interface Restored {
  readonly call: Call | undefined;
  readonly wasLost: boolean;
}

export async function loadRestored(context: RestoreContext, callId: CallId): Promise<Restored> {
  const { store, copies, clock } = context;
  const contention = new Contention();
  for (;;) {
    // Read before the store: a change that arrives while the answer is on its way was not lost.
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
    // The owner's copy is right, and the store takes it later.
    if (answer === 'unwritable') return { call: copy.call, wasLost: false };
    // Another process restores or changes the same call.
    await contention.lost();
  }
}

/** Learns a change of a call, which may come after a gap. */
export async function learnChange({ store, copies }: RestoreContext, change: CallChange): Promise<void> {
  if (copies.learn(change)) return;
  const { call } = change;
  await keepAnew({ store, copies }, call);
}

/** A node may own thousands of calls: a few at a time leave room for others in the store and the event loop. */
const atOnce = 32;

/** Restores whatever is lost, and aligns the copies with the store. Returns how many calls were restored. */
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
  // Nothing could be restored.
  if (copy?.isUnsaved === true && call === copy.call) return false;
  if (call === undefined) copies.drop(callId);
  else if (copy !== undefined && isSame(call, copy.call)) copies.keep(copy);
  else await keepAnew(context, call);
  return wasLost;
}

async function keepAnew({ store, copies }: Pick<RestoreContext, 'store' | 'copies'>, call: Call): Promise<void> {
  const events = await store.eventsAfter(call.id, 0);
  // These are not the newest events: the call changed meanwhile, and its notification is on its way.
  if (areNewest(events, call.lastEvent)) copies.keep({ call, events });
}

/**
 * A missing call was lost with all other data, or with the last writes: had it ended so recently, it could still be
 * read. Any other missing call has ended without a notification to this process.
 */
async function isBehind(context: RestoreContext, copy: HeldCopy, stored: Call | undefined): Promise<boolean> {
  if (stored !== undefined) return stored.version < copy.call.version;
  if (copy.call.phase === 'ended') return copy.isUnsaved;
  const { clock, endedCallTtlMs, life } = context;
  return clock.now() < copy.storedAt + endedCallTtlMs || life.isAnother();
}

/**
 * Two states of one version differ when the store lost one of them, and another process decided before it was restored.
 */
function isSame(one: Call, other: Call): boolean {
  return one.version === other.version && JSON.stringify(one) === JSON.stringify(other);
}
