/** What a node puts back, and what it leaves alone. */
import { beforeEach, expect, jest, test } from '@jest/globals';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import { ProcessCallCopies } from '../../../../src/adapters/system/callCopies.ts';
import type { Transition } from '../../../../src/ports/call/callStore.ts';
import { learnChange, loadRestored, restoreCalls } from '../../../../src/commands/cluster/restoreCalls.ts';
import { CallOwners } from '../../../../src/commands/cluster/callOwners.ts';
import { keptUnsaved, saveUnsaved } from '../../../../src/commands/call/running/unsavedChanges.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { deadlinesOf, withTimeAnew } from '../../../../src/domain/call/deadlines.ts';
import { changed, createCommand, limits } from '../../../support/calls.ts';

const { callId, nodeId } = createCommand();
const ttlMs = 1_000;
let now: number;
let store: MemoryCalls;
let copies: ProcessCallCopies;
let anotherIncarnation: boolean;
const clock = { now: () => now };
const life = {
  name: () => Promise.resolve(''),
  isAnother: () => Promise.resolve(anotherIncarnation),
  accept: () => undefined,
};
const context = () => ({ store, copies, life, clock, endedCallTtlMs: ttlMs });

beforeEach(() => {
  now = 1_000;
  anotherIncarnation = false;
  store = new MemoryCalls({ clock, endedCallTtlMs: ttlMs });
  copies = new ProcessCallCopies({ nodeId, clock, forgetAfterMs: 5_000 });
});

const step = (call: Call | undefined, command: CallCommand): Transition => changed(decide(call, command, now));
function story(): readonly [Transition, Transition, Transition] {
  const ringing = step(undefined, createCommand());
  const active = step(ringing.call, { name: 'answer', userId: 'bob', deviceId: 'bob-phone' });
  return [ringing, active, step(active.call, { name: 'leave', userId: 'bob' })];
}
async function learnAll(...transitions: readonly Transition[]): Promise<void> {
  for (const transition of transitions) await learnChange(context(), transition);
}

test('a new store incarnation gets the live calls back, and no ended ones', async () => {
  const [ringing, active, over] = story();
  await learnAll(ringing, active);
  now += 10 * ttlMs;
  anotherIncarnation = true;
  expect(await restoreCalls(context(), [])).toBe(1);
  expect(await store.load(callId)).toEqual(withTimeAnew(active.call, now));
  expect(await restoreCalls(context(), [])).toBe(0);

  await learnAll(over);
  store = new MemoryCalls({ clock, endedCallTtlMs: ttlMs });
  expect(await restoreCalls(context(), [])).toBe(0);
  expect(await store.load(callId)).toBeUndefined();
});

test('in the same incarnation a recently seen call is restored; one not seen for longer has ended', async () => {
  const [ringing, active] = story();
  await learnAll(ringing, active);
  now += ttlMs - 1;
  expect((await loadRestored(context(), callId)).call).toEqual(withTimeAnew(active.call, now));

  store = new MemoryCalls({ clock, endedCallTtlMs: ttlMs });
  now += ttlMs + 1;
  expect((await loadRestored(context(), callId)).call).toBeUndefined();
  expect(await restoreCalls(context(), [callId])).toBe(0);
  expect(copies.of(callId)).toBeUndefined();
});

test('a state read while this process saved newer ones is not a loss, however often that happens', async () => {
  const [ringing, active, over] = story();
  for (const transition of [ringing, active]) await store.save(transition);
  await learnAll(ringing, active);
  const load = store.load.bind(store);
  const restore = jest.spyOn(store, 'restore');
  store.load = async (id) => {
    const read = await load(id);
    // The answer is on its way, and others in this process continue.
    await learnAll(over);
    return read;
  };
  expect(await loadRestored(context(), callId)).toEqual({ call: active.call, wasLost: false });
  expect(restore).not.toHaveBeenCalled();
});

test('restoring a call repeats while others change it', async () => {
  const [ringing, active] = story();
  await learnAll(ringing, active);
  const restore = store.restore.bind(store);
  let lost = 8;
  store.restore = (restoration) => (lost-- > 0 ? Promise.resolve('stale') : restore(restoration));
  expect(await loadRestored(context(), callId)).toMatchObject({
    call: { version: active.call.version },
    wasLost: true,
  });
});

test('an older stored state is updated, even to the end of the call; a newer one is learned', async () => {
  const [ringing, active, over] = story();
  await store.save(ringing);
  await learnAll(ringing, active, over);
  expect(await restoreCalls(context(), [])).toBe(1);
  expect(await store.load(callId)).toEqual(over.call);

  copies.drop(callId);
  await learnAll(ringing);
  expect(await restoreCalls(context(), [])).toBe(0);
  expect(copies.of(callId)?.call).toEqual(over.call);
  expect(copies.of(callId)?.events).toHaveLength(over.call.lastEvent);
});

test('a process that missed events keeps no copy with a gap in them', async () => {
  const [ringing, active, over] = story();
  await learnAll(ringing);
  for (const transition of [ringing, active, over]) await store.save(transition);
  await learnChange(context(), over);
  expect(copies.of(callId)?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4].slice(0, over.call.lastEvent));
});

test('copies of ended calls and of calls owned by another node are dropped after a while', async () => {
  const [ringing, active, over] = story();
  await learnAll(ringing, active);
  now += 6_000;
  expect(copies.all()).toHaveLength(1);
  await learnAll(over);
  now += 6_000;
  expect(copies.all()).toEqual([]);
});

test('ringing continues with its remaining time, and the grace starts again', () => {
  const [ringing, active] = story();
  const at = now + 10_000;
  const graceEnd = at + limits.reconnectGraceMs;
  expect(deadlinesOf(withTimeAnew(ringing.call, at))).toEqual([
    { kind: 'grace', userId: 'alice', at: graceEnd },
    { kind: 'ring', userId: 'bob', at: now + limits.ringTimeoutMs },
    { kind: 'longest', at: now + limits.longestCallMs },
  ]);
  expect(deadlinesOf(withTimeAnew(active.call, at)).slice(0, 2)).toEqual([
    { kind: 'grace', userId: 'alice', at: graceEnd },
    { kind: 'grace', userId: 'bob', at: graceEnd },
  ]);
});

test('a change that the store cannot take is valid here, is never forgotten, and is restored when the store takes it', async () => {
  const [ringing, active, over] = story();
  store = new MemoryCalls({ clock, endedCallTtlMs: 1_000_000 });
  for (const transition of [ringing, active]) await store.save(transition);
  await learnAll(ringing, active);
  const takingWrites = store;
  store = new UnwritableCalls({ clock, endedCallTtlMs: 1_000_000 });
  expect(copies.keepUnsaved(over)).toBe(true);
  now += 100_000;
  expect(await loadRestored(context(), callId)).toEqual({ call: over.call, wasLost: false });
  expect(await restoreCalls(context(), [])).toBe(0);
  expect(copies.all().map(({ call, isUnsaved }) => [call.phase, isUnsaved])).toEqual([['ended', true]]);
  await expect(saveUnsaved({ store, copies })).rejects.toMatchObject({ code: 'unavailable' });

  store = takingWrites;
  const remembering = { load: async () => (await loadRestored(context(), callId)).call };
  expect(await saveUnsaved({ store: remembering, copies })).toBe(1);
  expect(await store.load(callId)).toEqual(over.call);
  expect(await saveUnsaved({ store: remembering, copies })).toBe(0);
  const owed = await store.take({ reader: 'r', max: 10, waitMs: 0, takeOverMs: 1_000 });
  expect(owed.at(-1)?.transition.events).toEqual(over.events);
});

test('an owner whose copy has a gap completes it from the store before it keeps a change', async () => {
  const [ringing, active, over] = story();
  for (const transition of [ringing, active]) await store.save(transition);
  const messages = { nodeId, request: notAsked, tell: notAsked, serve: notAsked, onGap: notAsked, giveUp: notAsked };
  const owners = new CallOwners({ messages, clock, copies });
  expect(await keptUnsaved({ store, owners }, 'hold', over)).toBe(false);
  expect(await keptUnsaved({ store, owners }, 'leave', over)).toBe(true);
  expect(copies.of(callId)?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4].slice(0, over.call.lastEvent));
});

class UnwritableCalls extends MemoryCalls {
  override restore(): ReturnType<MemoryCalls['restore']> {
    return Promise.resolve('unwritable');
  }
}

function notAsked(): never {
  throw new Error('nobody is asked');
}
