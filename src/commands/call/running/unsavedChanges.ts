/**
 * A full or read-only store must not keep anybody in a call. The node that owns the call changes its own copy, notifies
 * everybody, and saves it when the store takes writes again. Nobody can enter a call this way.
 */
import { transitions } from '../../../domain/call/commands.ts';
import type { CallCommandName } from '../../../domain/call/commands.ts';
import { areNewest } from '../../../domain/call/events.ts';
import type { CallStore, Transition } from '../../../ports/call/callStore.ts';
import type { CallCopies } from '../../../ports/call/callCopies.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallOwners } from '../../cluster/callOwners.ts';
import { eachOf } from '../../../support/eachOf.ts';

export interface KeepingContext {
  readonly store: CallStore;
  readonly owners?: CallOwners;
}

/** Whether the change holds now although it is not saved. Only the owner can decide that. */
export async function keptUnsaved(
  { store, owners }: KeepingContext,
  name: CallCommandName,
  transition: Transition,
): Promise<boolean> {
  const { call, events } = transition;
  if (owners === undefined || !mayHoldUnsaved(name) || !owners.isOwn(call)) return false;
  if (!owners.keepUnsaved({ call, events })) {
    // Some changes were missed: the events of the store complete the copy.
    const known = await store.eventsAfter(call.id, 0);
    const whole = [...known, ...events];
    if (!areNewest(whole, call.lastEvent) || !owners.keepUnsaved({ call, events: whole })) return false;
  }
  // Clients that miss this notification get the state when it is saved.
  await store.announce(transition).catch(() => undefined);
  return true;
}

function mayHoldUnsaved(name: CallCommandName): boolean {
  return name !== 'create' && transitions[name].withoutStore === true;
}

export interface SavingContext {
  /** Restores what is newer here than in the store, whenever a call is loaded. */
  readonly store: Pick<CallStore, 'load'>;
  readonly copies: Pick<CallCopies, 'unsaved'>;
}

/** Few at a time: a store that has just come back is busy. */
const atOnce = 8;

/** Returns how many calls were saved. Throws `unavailable` while the store takes no writes: nothing is lost then. */
export async function saveUnsaved({ store, copies }: SavingContext): Promise<number> {
  const waiting = copies.unsaved();
  await eachOf(waiting, atOnce, async (copy) => {
    await store.load(copy.call.id);
    if (copies.unsaved().includes(copy)) throw new CallError('unavailable');
  });
  return waiting.length;
}
