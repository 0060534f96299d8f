/**
 * The store may lose what it had: it restarts empty, or fails over to a copy of itself that lacks the last writes. Then
 * every node puts back what it knows, and never over what is newer.
 */
import type { Call } from '../call/call.ts';
import { CallError } from '../call/errors.ts';
import { areNewest } from '../call/events.ts';
import type { CallId } from '../call/ids.ts';
import { timerEffects, withTimeAnew } from '../call/timers.ts';
import type { CallCopies, HeldCopy } from '../ports/callCopies.ts';
import type { CallChange } from '../ports/callFeed.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { StoreLife } from '../ports/storeLife.ts';

export interface RestoreContext {
  /** The store itself, which knows of no copies. */
  readonly store: CallStore;
  readonly copies: CallCopies;
  readonly life: StoreLife;
  readonly clock: Clock;
  /** How long the store keeps a call that is over. */
  readonly endedCallTtlMs: number;
}

/** Others put back the same call at the same time. */
const attempts = 5;

/** `stored` is what the store just gave. Answers what it holds after what it lost of this call was put back. */
export async function restoreCall(
  context: RestoreContext,
  callId: CallId,
  stored: Call | undefined,
): Promise<Call | undefined> {
  const { store, copies, clock } = context;
  let over = stored;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const copy = copies.of(callId);
    if (copy === undefined || !(await isBehind(context, copy, over))) return over;
    const { events } = copy;
    const call = withTimeAnew(copy.call, clock.now());
    const answer = await store.restore({ call, events, effects: timerEffects(undefined, call), over });
    if (answer === 'saved') {
      copies.hold({ call, events });
      return call;
    }
    over = await store.load(callId);
  }
  throw new CallError('busy');
}

/** News of a call, which may come after a gap. */
export async function learnChange({ store, copies }: RestoreContext, change: CallChange): Promise<void> {
  if (copies.learn(change)) return;
  const { call } = change;
  await holdAnew({ store, copies }, call);
}

/** Puts back whatever is lost, and brings the copies in line with the store. Answers how many calls were put back. */
export async function restoreCalls(context: RestoreContext, open: readonly CallId[]): Promise<number> {
  const { copies } = context;
  const ids = new Set([...open, ...copies.all().map(({ call }) => call.id)]);
  const restored = await Promise.all([...ids].map((callId) => settle(context, callId)));
  return restored.filter(Boolean).length;
}

async function settle(context: RestoreContext, callId: CallId): Promise<boolean> {
  const { store, copies } = context;
  const stored = await store.load(callId);
  const now = await restoreCall(context, callId, stored);
  const copy = copies.of(callId);
  if (now === undefined) copies.drop(callId);
  else if (copy !== undefined && isSame(now, copy.call)) copies.hold(copy);
  else await holdAnew(context, now);
  return now !== stored;
}

async function holdAnew({ store, copies }: Pick<RestoreContext, 'store' | 'copies'>, call: Call): Promise<void> {
  const events = await store.eventsAfter(call.id, 0);
  // Others than the newest: it changed in between, and its news are on their way.
  if (areNewest(events, call.lastEvent)) copies.hold({ call, events });
}

/**
 * A call that is missing was lost with all else; or with the last writes: it was there so lately that, had it ended, it
 * could still be read. One that is missing otherwise has ended, and nobody told this process.
 */
async function isBehind(context: RestoreContext, copy: HeldCopy, stored: Call | undefined): Promise<boolean> {
  if (stored !== undefined) return stored.version < copy.call.version;
  if (copy.call.phase === 'ended') return false;
  const { clock, endedCallTtlMs, life } = context;
  return clock.now() < copy.storedAt + endedCallTtlMs || life.isAnother();
}

/** Two states of one version differ when the store lost the one, and somebody decided otherwise before it was put back. */
function isSame(one: Call, other: Call): boolean {
  return one.version === other.version && JSON.stringify(one) === JSON.stringify(other);
}
